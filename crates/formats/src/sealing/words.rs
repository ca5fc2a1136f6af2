//! Why a document cannot be sealed, in words that a clerk can do something with: Chinese here, English by `Display`.

use super::error::{Concern, SealingError};
use crate::ofd;
use crate::pdf::{self, PdfError};

impl SealingError {
    /// In Chinese, one clause without a full stop. Pages count from 1.
    pub fn chinese(&self) -> String {
        match self {
            Self::UnknownKind => "这不是 OFD 或 PDF 文件，不能签章".to_owned(),
            Self::NoPages => "文件没有页面".to_owned(),
            Self::NoPage { page_index } => format!("没有第 {} 页", page_index.saturating_add(1)),
            Self::NoKeyword { text } => {
                format!("文件中找不到关键字“{text}”（扫描件中的文字无法查找）")
            }
            Self::OnlyPdf(_) => "该选项只适用于 PDF 文件".to_owned(),
            Self::Ofd(error) => of_ofd(error).unwrap_or_else(|| self.general()),
            Self::Pdf(error) => of_pdf(error).unwrap_or_else(|| self.general()),
            Self::Seal(_) | Self::Value(_) | Self::Damaged => self.general(),
        }
    }

    /// What to do about it, in Chinese and English.
    pub fn advice(&self) -> (&'static str, &'static str) {
        if let Self::Pdf(pdf::seal::SealError::NeedAppearances(_)) = self {
            return (
                "请用阅读器打开并另存，使各域带有外观后再签章",
                "open the form in a reader and save it, so that its fields have appearances, then seal it",
            );
        }
        // Beyond level 1 a signature may be put into a field that is there.
        if let Self::Pdf(pdf::seal::SealError::Certified { level: 2.., .. }) = self {
            return (
                "认证签名不许新增签名域：请指明认证之前已建好的空签名域（命令行用 --field）",
                "the certification allows no new field: name an empty one that was there before it (--field on the \
                 command line)",
            );
        }
        match self.concern() {
            Concern::NotADocument => (
                "请提供 OFD 或 PDF 文件本身",
                "give the OFD or PDF document itself; the content decides, not the name",
            ),
            Concern::Encrypted => (
                "请提供无需密码即可打开的文件",
                "save the document without a password for opening, then seal it",
            ),
            Concern::Damaged => (
                "请用原软件重新导出文件后再签章",
                "export the document anew with the program it came from, then seal it",
            ),
            Concern::Locked => {
                ("请使用未锁定的原文件", "take a document that is open for further signatures")
            }
            Concern::Place => ("请更换页码、位置或关键字", "choose another page, place or text"),
            Concern::Wish => ("请更换签名域或相关选项", "choose another field, or leave the option out"),
            Concern::Seal => ("请检查印章", "look at the seal"),
        }
    }

    fn general(&self) -> String {
        match self.concern() {
            Concern::NotADocument => "这不是 OFD 或 PDF 文件，不能签章",
            Concern::Encrypted => "文件已加密，无法打开",
            Concern::Damaged => "文件已损坏或结构不规范，不能签章",
            Concern::Locked => "文件不允许再签章",
            Concern::Place => "印章不能放在此处",
            Concern::Wish => "文件不支持该选项",
            Concern::Seal => "印章数据不能使用",
        }
        .to_owned()
    }
}

fn off_page(page_index: usize) -> String {
    format!("印章超出了第 {} 页", page_index.saturating_add(1))
}

fn bad_stamp(page_index: usize) -> String {
    format!("第 {} 页上的印章位置不对", page_index.saturating_add(1))
}

fn of_ofd(error: &ofd::SealError) -> Option<String> {
    use ofd::SealError as Error;
    Some(match error {
        Error::Locked { .. } => "文件已被锁定，不能再签章".to_owned(),
        Error::Covered { .. } => "已有签名保护了需要改动的内容，不能再签章".to_owned(),
        Error::IntegrityProtected => "文件有完整性保护，不能再签章".to_owned(),
        Error::NoPageSize { page_index } => format!("第 {} 页大小未知", page_index.saturating_add(1)),
        Error::OffPage { page_index } => off_page(*page_index),
        Error::BadStamp { page_index } => bad_stamp(*page_index),
        Error::Slices { .. } => "页数不适合加盖骑缝章".to_owned(),
        _ => return None,
    })
}

fn of_pdf(error: &pdf::seal::SealError) -> Option<String> {
    use pdf::seal::SealError as Error;
    Some(match error {
        Error::File(PdfError::PasswordNeeded) => "文件需要密码才能打开，不能签章".to_owned(),
        Error::File(PdfError::Encryption(_)) => "文件的加密方式不受支持，不能签章".to_owned(),
        Error::Repaired(_) | Error::Unsound { .. } => "文件已损坏，须修复后才能签章".to_owned(),
        Error::Tail { .. } => "文件末尾有多余内容，不能签章".to_owned(),
        Error::UsageRights => "文件带有使用权限签名，不能签章".to_owned(),
        Error::DynamicXfa => "动态表单（XFA）不能签章".to_owned(),
        Error::XfaNewField => "XFA 表单只能在已有的签名域中签章".to_owned(),
        Error::NeedAppearances(field) => {
            format!("表单要求阅读器重画各域（NeedAppearances），而域“{field}”没有自己的外观，印章将无法显示")
        }
        Error::Permissions => "文件的权限设置不允许签章".to_owned(),
        Error::Certified { level: 2.., .. } => "文件已有认证签名，不能在新的签名域中签章".to_owned(),
        Error::Certified { .. } => "文件已被锁定（认证签名），不能再签章".to_owned(),
        Error::Locked { .. } => "文件已被在先的签名锁定，不能再签章".to_owned(),
        Error::NotFirst => "文件已有签名，不能再作认证签名".to_owned(),
        Error::NoField(name) => format!("没有签名域“{name}”"),
        Error::NoEmptyField => "没有空的签名域".to_owned(),
        Error::NameTaken(name) => format!("“{name}”已被其他域使用"),
        Error::BadName(_) => "签名域名称不可用".to_owned(),
        Error::FieldSigned(name) => format!("签名域“{name}”已经签过"),
        Error::SeedValue(_) => "签名域要求另一种签名".to_owned(),
        Error::SignatureAlgorithm(_) => "签名算法标识不是 SM2 签名（SM3 杂凑）".to_owned(),
        Error::OffPage { page_index } => off_page(*page_index),
        Error::BadStamp { page_index } => bad_stamp(*page_index),
        Error::Riding(error) => return of_ofd(error),
        Error::Picture(_) => "印章图片不能放入 PDF".to_owned(),
        Error::TooLarge { .. } => "签名数据超出了预留空间".to_owned(),
        _ => return None,
    })
}
