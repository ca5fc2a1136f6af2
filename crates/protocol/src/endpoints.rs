//! Every interface, on one screen (wire profile §1).
//!
//! Server routes, the client, the OpenAPI document and the conformance cases are read from here.

use crate::lists::BizType;
use crate::scalar::TableType;
use crate::schema::{AnswerData, FieldInfo, Need, RequestTable, TableInfo};
use crate::seal_code::SealCode;
use crate::tables::{
    AuthorisedUser, CertInfo, ChangeEntry, ChangeNoticeRequest, ChangePage, ChangesRequest, CloudSignRequest,
    ConsentApplication, ConsentApplyRequest, ConsentResult, ConsentResultRequest, DailyDigest, DigestRequest,
    DocumentReport, DocumentVerifyRequest, FilingRequest, RowPage, RowsRequest, SealInfo, SealQueryRequest,
    SealRow, SignIdVerification, SignIdVerifyRequest, SignatureDetail, SignatureValueData, StateRequest,
    UkeyInfo, UkeyInfoRequest, UkeySignRequest, VerifyStep,
};
use crate::values::Base64Data;
use crate::wire::Target;

/// Who serves an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The interoperability platform.
    Platform,
    /// A seal system.
    SealSystem,
    /// The UKey agent on the user's computer.
    UkeyAgent,
}

/// The form of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// A flat JSON object of at most so many bytes.
    Json {
        /// Greatest size in bytes.
        max_bytes: usize,
    },
    /// multipart/form-data: scalar parts, then one file.
    Multipart,
}

/// An interface of the protocol.
#[derive(Debug)]
pub struct EndpointInfo {
    /// Its name, as in the list of the standard's fields.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The clause.
    pub clause: &'static str,
    /// Who serves it.
    pub served_by: &'static [Party],
    /// The form of the body.
    pub body: BodyKind,
    /// The request's table.
    pub request: &'static TableInfo,
    /// The number of the envelope's table (code, message, data).
    pub envelope: Option<u8>,
    /// The type that table gives `data`.
    pub data_type: TableType,
    /// The tables of the objects in `data`.
    pub answers: &'static [&'static TableInfo],
    /// The schema of `data`.
    pub data_schema: fn(TableType) -> serde_json::Value,
}

impl EndpointInfo {
    /// What a request to this interface of `audience` is addressed to.
    pub fn target<'a>(&self, audience: &'a crate::ids::AppId) -> Target<'a> {
        Target { audience, method: self.method, path: self.path }
    }

    /// The rows of the envelope's table.
    pub fn envelope_rows(&self) -> [FieldInfo; 3] {
        let row =
            |name, table_type, doc, schema| FieldInfo { name, need: Need::Answer, table_type, doc, schema };
        let text = <String as crate::scalar::Described>::schema;
        [
            row("code", TableType::String, "0 for success, else a result code (结果编码).", text),
            row("message", TableType::String, "For people, Chinese first (返回详细信息).", text),
            row("data", self.data_type, "The result; null where there is none.", self.data_schema),
        ]
    }
}

/// One interface as a type: what `mount` and `call` are generic over.
pub trait Endpoint: Send + Sync + 'static {
    /// The request's fields.
    type Request: RequestTable;
    /// The answer's `data`.
    type Answer: AnswerData;
    /// The description.
    const INFO: &'static EndpointInfo;

    /// Whether sending this request twice has no second effect (wire profile §7), so that a client may repeat it
    /// with a new nonce when it does not know what became of the first.
    fn repeatable(request: &Self::Request) -> bool;
}

macro_rules! endpoints {
    ($( $(#[doc = $doc:literal])* $name:ident {
        $wire_name:literal, $path:literal, clause $clause:literal, served by [$($party:ident),*], body $body:expr,
        $request:ty => $answer:ty,
        envelope $envelope:expr, data $data:ident, answers [$($table:ty),*],
        repeatable |$arg:pat_param| $repeatable:expr
    } )*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl $name {
                /// The interface's name.
                pub const NAME: &'static str = $wire_name;
            }

            impl Endpoint for $name {
                type Request = $request;
                type Answer = $answer;
                const INFO: &'static EndpointInfo = &EndpointInfo {
                    name: $wire_name,
                    doc: concat!($($doc, "\n"),*),
                    method: "POST",
                    path: $path,
                    clause: $clause,
                    served_by: &[$(Party::$party),*],
                    body: $body,
                    request: <$request as RequestTable>::TABLE,
                    envelope: $envelope,
                    data_type: TableType::$data,
                    answers: &[$(<$table>::TABLE),*],
                    data_schema: <$answer as crate::scalar::Described>::schema,
                };

                fn repeatable($arg: &Self::Request) -> bool {
                    $repeatable
                }
            }
        )*

        /// Every interface, in the standard's order.
        pub const ENDPOINTS: &[&EndpointInfo] = &[$( <$name as Endpoint>::INFO ),*];
    };
}

/// Most requests are a few short fields, and the forwarded caller's own.
const SMALL: BodyKind = BodyKind::Json { max_bytes: 256 << 10 };
/// A filing may hold the seal data, a picture of up to 1 MiB in it.
const FILING: BodyKind = BodyKind::Json { max_bytes: 4 << 20 };
/// For P1, docHash is the message itself with the whole seal inside, and a forwarded request holds it twice.
const SIGNING: BodyKind = BodyKind::Json { max_bytes: 8 << 20 };

endpoints! {
    /// Files a seal, extends it, or changes its filing (电子印章备案/延期/变更).
    SealFiling {
        "seal_filing", "/api/v1/seals/filing", clause "6.1.2", served by [Platform], body FILING,
        FilingRequest => SealCode,
        envelope Some(2), data String, answers [],
        repeatable |request| request.biz_type != BizType::File || request.code.is_some()
    }

    /// Enables, disables or revokes a seal (电子印章启用/停用/注销).
    SealStateChange {
        "seal_state", "/api/v1/seals/state", clause "6.1.3", served by [Platform], body SMALL,
        StateRequest => (),
        envelope Some(4), data String, answers [],
        repeatable |_| true
    }

    /// Gets the seals of an organisation or person (获取电子印章).
    SealQuery {
        "seal_query", "/api/v1/seals/query", clause "6.1.4", served by [Platform, SealSystem], body SMALL,
        SealQueryRequest => Vec<SealInfo>,
        envelope Some(6), data Array, answers [SealInfo, CertInfo, AuthorisedUser],
        repeatable |_| true
    }

    /// Asks for the signer's consent (意愿认证申请).
    ConsentApply {
        "consent_apply", "/api/v1/cloud/consent/apply", clause "6.2.2.1", served by [Platform, SealSystem],
        body SMALL,
        ConsentApplyRequest => ConsentApplication,
        envelope Some(11), data Object, answers [ConsentApplication],
        repeatable |_| false
    }

    /// Asks what the signer decided (获取意愿认证结果).
    ConsentOutcome {
        "consent_result", "/api/v1/cloud/consent/result", clause "6.2.2.2", served by [Platform, SealSystem],
        body SMALL,
        ConsentResultRequest => ConsentResult,
        envelope Some(14), data Object, answers [ConsentResult],
        repeatable |_| true
    }

    /// Signs with a cloud certificate (云证书签名).
    CloudSign {
        "cloud_sign", "/api/v1/cloud/sign", clause "6.2.2.3", served by [Platform, SealSystem], body SIGNING,
        CloudSignRequest => SignatureValueData,
        envelope Some(17), data Object, answers [SignatureValueData],
        repeatable |_| true
    }

    /// Verifies a signature id before a UKey signs, and uses it up (签名ID安全验证).
    SignIdVerify {
        "ukey_sign_id_verify", "/api/v1/ukey/sign-id/verify", clause "6.3.1.3", served by [Platform],
        body SIGNING,
        SignIdVerifyRequest => SignIdVerification,
        envelope None, data Object, answers [SignIdVerification],
        repeatable |_| false
    }

    /// Signs with a UKey (UKey 证书签名, JSAPI). The table calls the Base64 text an object (resolution 31).
    UkeySign {
        "ukey_sign", "/api/v1/ukey/sign", clause "6.3.2.1", served by [UkeyAgent], body FILING,
        UkeySignRequest => Base64Data,
        envelope Some(20), data Object, answers [],
        repeatable |_| false
    }

    /// Reads a certificate of a UKey (获取 UKey 信息, JSAPI). The table calls the object a string (resolution 33).
    UkeyInformation {
        "ukey_info", "/api/v1/ukey/info", clause "6.3.2.2", served by [UkeyAgent], body SMALL,
        UkeyInfoRequest => UkeyInfo,
        envelope Some(22), data String, answers [UkeyInfo],
        repeatable |_| true
    }

    /// Verifies the signatures of a document (文档验真).
    DocumentVerify {
        "document_verify", "/api/v1/documents/verify", clause "6.4", served by [Platform, SealSystem],
        body BodyKind::Multipart,
        DocumentVerifyRequest => DocumentReport,
        envelope Some(25), data Object, answers [DocumentReport, SignatureDetail, VerifyStep],
        repeatable |_| true
    }

    /// Reads what changed behind a cursor (变更查询): of the caller's own seals, and of those that it has fetched.
    SealChanges {
        "seal_changes", "/api/v1/seals/changes", clause "6.1.3", served by [Platform], body SMALL,
        ChangesRequest => ChangePage,
        envelope None, data Object, answers [ChangePage, ChangeEntry],
        repeatable |_| true
    }

    /// The digest of the caller's own seals at the end of a day (日对账单).
    ReconciliationDigest {
        "reconciliation_digest", "/api/v1/seals/reconciliation/digest", clause "6.1.3", served by [Platform], body SMALL,
        DigestRequest => DailyDigest,
        envelope None, data Object, answers [DailyDigest],
        repeatable |_| true
    }

    /// The platform's rows of the caller's own seals (对账明细).
    ReconciliationRows {
        "reconciliation_rows", "/api/v1/seals/reconciliation/rows", clause "6.1.3", served by [Platform], body SMALL,
        RowsRequest => RowPage,
        envelope None, data Object, answers [RowPage, SealRow],
        repeatable |_| true
    }

    /// Tells a subscriber of one change (变更通知).
    ChangeNotice {
        "change_notice", "/api/v1/changes/notice", clause "6.1.3", served by [SealSystem], body SMALL,
        ChangeNoticeRequest => (),
        envelope None, data String, answers [],
        repeatable |_| true
    }
}
