//! The command line: verbs and their options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// 电子印章互通互认 — electronic-seal mutual recognition.
#[derive(Debug, Parser)]
#[command(name = "sealbridge", version, propagate_version = true)]
pub(crate) struct Cli {
    /// What verifies SM2 signatures: reference, scalar or lanes; else the environment's SEALBRIDGE_SM2_ENGINE, else the
    /// configuration, else the best this processor can do
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) sm2_engine: Option<crypto::Sm2Engine>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 演示 · Start a CA, a TSA, the platform and two seal systems here and seal a document across them
    Demo(DemoArgs),
    /// 运行平台 · Run the platform
    Platform(ServeArgs),
    /// 运行印章系统 · Run the reference electronic seal system
    SealSystem(ServeArgs),
    /// 升级数据库 · Bring a server's database to what this program needs, or say what is missing
    Migrate(crate::serve::MigrateArgs),
    /// 运营 · What the platform's operator does at its database
    #[command(subcommand)]
    Operator(crate::serve::OperatorVerb),
    /// 导入存量 · File existing seals of a system from CSV or JSON lines: ends 0 all filed, 1 some refused
    Import(Box<crate::serve::ImportArgs>),
    /// 导出 · Write filed seals as CSV or JSON lines
    Export(Box<crate::serve::ExportArgs>),
    /// 证据包 · The evidence of one signing: taken from the platform's database, and checked offline
    #[command(subcommand)]
    Evidence(EvidenceVerb),
    /// 证明持有密钥 · Sign the platform's challenge with your key, so that the key can be registered
    Prove(ProveArgs),
    /// 印章 · Make an electronic seal
    #[command(subcommand)]
    Seal(SealVerb),
    /// 签章 · Seal an OFD or PDF document with a seal and a key at hand, or sign it without a seal
    Sign(SignArgs),
    /// 验章 · Verify sealed documents: ends 0 valid, 1 invalid, 2 cannot say
    Verify(VerifyArgs),
    /// 杂凑值 · Make the digests of a sealed document, which `verify` takes in its place: it is shown to nobody
    Digests(DigestsArgs),
    /// 验证报告 · A verification report that a platform signed
    #[command(subcommand)]
    Report(ReportVerb),
    /// 配置 · Check a configuration file of a server, or print what may stand in one
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Draws the pages of a document for the program that started this one
    #[command(hide = true)]
    DrawPages,
    /// 自检 · Check this machine: algorithms, clock, fonts, folders
    Doctor(DoctorArgs),
}

/// What can be done with the evidence of signings.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceVerb {
    /// 导出证据包 · Write everything that proves one signing into one file
    Export(crate::serve::EvidenceExportArgs),
    /// 验证证据包 · Check a bundle offline, step by step: ends 0 everything holds, 1 something is broken, 2 cannot say
    Verify(crate::bundle::EvidenceVerifyArgs),
    /// 签署检查点 · Sign a checkpoint over the evidence log as it is now, and print it to be kept elsewhere
    Checkpoint(crate::serve::EvidenceCheckpointArgs),
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the documents, keys and databases; a new one is made when it is not given
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// 两个平台 · Two platforms and three systems: A at the first uses a seal of B at the second
    #[arg(long)]
    pub(crate) federation: bool,
    /// End after the run instead of staying up with the pages
    #[arg(long)]
    pub(crate) once: bool,
    /// 自备文档 · Seal this OFD or PDF instead of the demonstration's own contracts
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// First of the loopback ports to use; free ones are taken when it is not given
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

/// Options of the servers.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The configuration (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

/// Options of `prove`.
#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// The challenge that the platform's operator gave out
    #[arg(long, value_name = "FILE")]
    pub(crate) challenge: PathBuf,
    /// The key to be registered, with its certificate (PKCS#12)
    #[arg(long, value_name = "FILE.p12")]
    pub(crate) key: PathBuf,
    /// Where the signature goes (Base64); standard output when it is not given
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
}

/// What can be done with seals.
#[derive(Debug, Subcommand)]
pub(crate) enum SealVerb {
    /// 制章 · Draw a seal and sign it as its maker
    Make(SealMakeArgs),
}

/// Options of `seal make`.
#[derive(Debug, Args)]
pub(crate) struct SealMakeArgs {
    /// The seal's name, which is also its ring text, such as 示例科技有限公司
    #[arg(long)]
    pub(crate) name: String,
    /// The seal's type, 01 to 08
    #[arg(long = "type", value_name = "CODE", default_value = "01")]
    pub(crate) seal_type: String,
    /// The straight line below the centre, such as 合同专用章; each type has its own when it is not given
    #[arg(long)]
    pub(crate) line: Option<String>,
    /// A picture of your own instead of a drawn one: PNG, GIF, BMP or JPG. Type 08 needs it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["line", "picture"])]
    pub(crate) image: Option<PathBuf>,
    /// How large that picture is on paper, in millimetres, such as 40x15
    #[arg(long, value_name = "WxH", requires = "image")]
    pub(crate) size: Option<String>,
    /// The seal's id (esID): printable ASCII without spaces, at most 128 characters; a random one when not given
    #[arg(long, value_name = "ID")]
    pub(crate) es_id: Option<String>,
    /// The signer's certificate (PEM or DER); may be given several times
    #[arg(long, value_name = "CERT", required = true)]
    pub(crate) signer: Vec<PathBuf>,
    /// The maker's key and certificate (PKCS#12)
    #[arg(long, value_name = "FILE.p12")]
    pub(crate) maker: PathBuf,
    /// Days the seal is valid, from now; at least one
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: u32,
    /// Where the seal goes
    #[arg(long, value_name = "FILE.esl")]
    pub(crate) out: PathBuf,
    /// Where the drawn picture goes as well: .png or .svg
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
}

/// Options of `sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// 文档 · The OFD or PDF document; its content decides which it is
    pub(crate) file: PathBuf,
    /// 印章 · The seal
    #[arg(long, value_name = "FILE.esl", required_unless_present = "plain")]
    pub(crate) seal: Option<PathBuf>,
    /// 普通数字签名 · A signature without a seal (GB/T 35275), which is not shown
    #[arg(long, conflicts_with_all = ["seal", "x", "y", "page", "riding", "keyword"])]
    pub(crate) plain: bool,
    /// 签名密钥 · The signer's key and certificate (PKCS#12)
    #[arg(long, value_name = "FILE.p12")]
    pub(crate) key: PathBuf,
    /// 输出 · The sealed document
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// 页码 · Page of the seal, from 1
    #[arg(long, default_value_t = 1)]
    pub(crate) page: usize,
    /// 左边距 · Left edge of the seal in millimetres; near the lower right corner when not given
    #[arg(long, requires = "y", allow_negative_numbers = true)]
    pub(crate) x: Option<f64>,
    /// 上边距 · Upper edge of the seal in millimetres
    #[arg(long, requires = "x", allow_negative_numbers = true)]
    pub(crate) y: Option<f64>,
    /// 骑缝章 · A riding seal over all pages, at this edge
    #[arg(long, value_enum, conflicts_with_all = ["x", "y", "page"])]
    pub(crate) riding: Option<Edge>,
    /// 关键字 · The seal goes on this text, white space not compared
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["x", "y", "page", "riding"])]
    pub(crate) keyword: Option<String>,
    /// 关键字出现多处时 · Which, where the text stands more than once
    #[arg(long, value_enum, default_value_t = WhichArg::Last, requires = "keyword")]
    pub(crate) keyword_at: WhichArg,
    /// 锁定 · Lock the document: nothing may be added afterwards (a PDF is certified, or its fields are locked)
    #[arg(long)]
    pub(crate) lock: bool,
    /// 时间戳服务 · Address of a time-stamping authority
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Option<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    pub(crate) pdf: PdfArgs,
}

/// Options of `sign` that only a PDF has.
#[derive(Debug, Args)]
#[command(next_help_heading = "仅用于 PDF · For PDF only")]
pub(crate) struct PdfArgs {
    /// 签名域 · The signature field: an empty one of the document, which has its place, or the name of a new one
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,
    /// 认证签名 · Certify the document: afterwards 1 nothing, 2 forms and signatures, 3 annotations too may be changed
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(1..=3), conflicts_with = "lock")]
    pub(crate) certify: Option<u8>,
    /// 处理程序名 · The name of the handler (/Filter), where a reader asks for another
    #[arg(long, value_name = "NAME")]
    pub(crate) filter: Option<String>,
    /// 编码名 · The name of the encoding (/SubFilter); GM.sm2seal for a seal, GM.sm2cms.detached without
    #[arg(long, value_name = "NAME")]
    pub(crate) sub_filter: Option<String>,
    /// 签名算法标识 · The signature algorithm that a signature without a seal names, such as 1.2.156.10197.1.501
    #[arg(long, value_name = "OID", requires = "plain")]
    pub(crate) signature_oid: Option<String>,
    /// 签署人 · Who signs, as the signature says (/Name)
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// 签署原因 · Why (/Reason); a field may ask for one of its own
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// 签署地点 · Where (/Location)
    #[arg(long, value_name = "TEXT")]
    pub(crate) location: Option<String>,
}

/// See `sign --keyword-at`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WhichArg {
    /// 第一处
    First,
    /// 最后一处
    Last,
    /// 每一处
    Every,
}

/// An edge of the page.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Edge {
    /// 左
    Left,
    /// 右
    Right,
}

/// Where a password comes from.
#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// File whose first line is the password; else the environment's SEALBRIDGE_KEY_PASSWORD, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Documents
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Certificates to trust: a PEM or DER file, or a folder of them (revocation lists in it, .crl, are read too)
    #[arg(long, value_name = "PATH")]
    pub(crate) trust: Vec<PathBuf>,
    /// 制章者 · Those who may make seals: certificates of makers, or of authorities that certify makers alone, as files or a
    /// folder; where none is given, everybody below a trusted certificate may, and a note says so
    #[arg(long, value_name = "PATH")]
    pub(crate) trust_maker: Vec<PathBuf>,
    /// Revocation lists
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Answers of OCSP responders (PEM or DER)
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// A certificate policy of which signers and seal makers must have one, such as 1.2.156.112600.1; may be given
    /// several times
    #[arg(long, value_name = "OID")]
    pub(crate) policy: Vec<String>,
    /// Fetch what is lacking from the addresses in certificates; offline when it is not given
    #[arg(long)]
    pub(crate) fetch: bool,
    /// A host, or host:port, that --fetch may reach although its address is not public; may be given several times
    #[arg(long, value_name = "HOST", requires = "fetch")]
    pub(crate) fetch_allow: Vec<String>,
    /// What missing revocation data means: strict, the verdict stays open; soft (when not given), a finding; off, not asked
    #[arg(long, value_enum)]
    pub(crate) revocation: Option<RevocationArg>,
    /// The letter of the standard, or (when not given) with the known habits of real products, each one reported
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Judge as of this time, such as 2026-01-31T08:00:00Z; now when not given
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// One JSON object a line and file, with the record that --replay needs
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the report as a page of HTML that stands by itself, of one document
    #[arg(long, value_name = "FILE.html", conflicts_with = "replay")]
    pub(crate) html: Option<PathBuf>,
    /// Write the report as a PDF to keep and to print, of one document
    #[arg(long, value_name = "FILE.pdf", conflicts_with = "replay")]
    pub(crate) pdf: Option<PathBuf>,
    /// 图像比对 · Draw the pages of a PDF as they were signed and as they are now, and tell where they look different
    #[arg(long)]
    pub(crate) render: bool,
    /// A folder for the certificates, lists and answers that were judged with, named by their SM3; with --replay, the
    /// folder where they are
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,
    /// Judge the document again as this report (a line of --json) was made, and tell what differs; with --trust, also as you
    /// do yourself (--trust-maker, --crl, --policy, --at …), and the worse verdict counts
    #[arg(long, value_name = "REPORT", conflicts_with_all = ["fetch", "render"])]
    pub(crate) replay: Option<PathBuf>,
    /// With --replay: the public key (PEM) of the platform that signed the report, whose answer (table 26) --replay names;
    /// what such a report says of the register, makers, policy and time is believed
    #[arg(long, value_name = "PLATFORM.pem", requires = "replay", requires = "report_judge")]
    pub(crate) report_key: Option<PathBuf>,
    /// The id of that platform
    #[arg(long, value_name = "ID", requires = "report_key")]
    pub(crate) report_judge: Option<String>,
}

/// What can be done with a signed report.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportVerb {
    /// 验证报告签名 · Check offline that a platform signed its report: ends 0 it did, 1 it did not, 2 cannot say
    Verify(ReportVerifyArgs),
}

/// Options of `report verify`.
#[derive(Debug, Args)]
pub(crate) struct ReportVerifyArgs {
    /// The platform's answer as JSON (table 26), asked for with report=1
    #[arg(value_name = "ANSWER.json")]
    pub(crate) answer: PathBuf,
    /// The platform's public key in PEM
    #[arg(long, value_name = "PLATFORM.pem")]
    pub(crate) key: PathBuf,
    /// The platform's id, for which it signs
    #[arg(long, value_name = "ID")]
    pub(crate) judge: String,
    /// File for the report, which `verify --replay` takes
    #[arg(long, value_name = "REPORT.json")]
    pub(crate) out: Option<PathBuf>,
}

/// Options of `digests`.
#[derive(Debug, Args)]
pub(crate) struct DigestsArgs {
    /// The document, OFD or PDF
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// File for the digests; else they are printed
    #[arg(long, value_name = "FILE.json")]
    pub(crate) out: Option<PathBuf>,
}

/// See `verify --revocation`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RevocationArg {
    /// Missing data leaves the verdict open
    Strict,
    /// Missing data is a finding
    Soft,
    /// Not asked
    Off,
}

/// See `verify --profile`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProfileArg {
    /// To the letter
    Strict,
    /// With known habits of real products
    Compat,
}

/// What can be done with configuration files.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// 检查配置 · Say what is wrong in a configuration, with line and column: ends 0 nothing, 1 something
    Check(ConfigCheckArgs),
    /// 配置模式 · Print the JSON Schema of a server's configuration
    Schema(ConfigSchemaArgs),
}

/// Options of `config check`.
#[derive(Debug, Args)]
pub(crate) struct ConfigCheckArgs {
    /// The configuration (TOML)
    pub(crate) file: PathBuf,
    /// Whose it is; where it is not given, the file tells: only a seal system's has `app_id`
    #[arg(long, value_enum)]
    pub(crate) server: Option<ServerArg>,
}

/// Options of `config schema`.
#[derive(Debug, Args)]
pub(crate) struct ConfigSchemaArgs {
    /// Whose
    #[arg(long, value_enum, default_value_t = ServerArg::Platform)]
    pub(crate) server: ServerArg,
}

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerArg {
    /// 平台
    Platform,
    /// 印章系统
    SealSystem,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A folder that must be writable, such as the one of the database
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
