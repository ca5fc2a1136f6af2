//! Why a document could not be sealed, by who can do something about it.

use client::ClientError;
use formats::sealing::SealingError;
use formats::ses::SesError;
use protocol::{ApiError, FieldError};

/// Why a step of sealing did not happen. Nothing was changed by it, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// There is no such document, or its time is over.
    #[error("没有这份文件，或已过保存期 / no such document, or its time is over")]
    UnknownJob,
    /// The step does not fit the document's state.
    #[error("文件当前状态为 {0}，不能进行此操作 / the document is {0}; this step does not fit")]
    WrongState(&'static str),
    /// Another request has changed the document in the meantime; look at it again.
    #[error("文件刚被另一个操作更新，请刷新 / the document was changed in the meantime; look again")]
    Overtaken,
    /// The document is larger than this system takes.
    #[error("文件超过 {0} MiB 上限 / the document is larger than {0} MiB")]
    TooLarge(usize),
    /// That many documents are not sealed together, or none were sent.
    #[error("一次可签 1 至 {0} 份文件 / 1 to {0} documents can be sealed together")]
    TooMany(usize),
    /// One of several documents is in the way.
    #[error("{}", of(.name, .error))]
    Of {
        /// Its name.
        name: String,
        /// What is wrong.
        error: Box<Self>,
    },
    /// The document is none that seals can be put on.
    #[error("{}", document(.0))]
    Document(SealingError),
    /// The seal cannot be put on this document there.
    #[error("{}", placement(.0))]
    Placement(#[from] SealingError),
    /// The seal cannot be used by this application.
    #[error("此印章不能在这里使用：{zh} / this seal cannot be used here: {en}")]
    Seal {
        /// Why, in Chinese.
        zh: String,
        /// Why, in English.
        en: String,
    },
    /// A value typed in is not in order.
    #[error("{field}：{message}")]
    Value {
        /// Which.
        field: String,
        /// Why, in both languages.
        message: String,
    },
    /// The signer refused, or the time for deciding is over; the signer can be asked again.
    #[error("签署人尚未同意 / the signer has not agreed")]
    NoConsent,
    /// The platform did not do what it was asked for.
    #[error("{}", platform(.0))]
    Platform(#[from] ClientError),
    /// The signature that came back does not verify with the seal's certificate; it was not used.
    #[error(
        "返回的签名与印章证书不符，未采用 / the signature that came back is not by the seal's certificate"
    )]
    WrongSignature,
    /// The rules demand a time stamp and there is none. Signing can be repeated and gives the same signature.
    #[error("未取得时间戳，请稍后重试 / no time stamp, try again later: {0}")]
    TimeStamp(String),
    /// Our own failure.
    #[error("{}", .0.message())]
    Fault(#[from] ApiError),
}

impl ApplicationError {
    /// The same about one of several documents. What hits all of them stays as it is.
    pub(super) fn of(self, name: String) -> Self {
        match self {
            Self::Fault(_) | Self::Overtaken | Self::UnknownJob | Self::Of { .. } => self,
            error => Self::Of { name, error: Box::new(error) },
        }
    }

    /// The code of the answer, where the refusal came over the wire.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Platform(error) => error.refusal().map(|refusal| refusal.code.as_str()),
            Self::Of { error, .. } => error.code(),
            Self::Fault(error) => Some(error.code().text()),
            _ => None,
        }
    }
}

impl From<FieldError> for ApplicationError {
    fn from(error: FieldError) -> Self {
        Self::Value { field: error.field, message: error.message }
    }
}

impl From<SesError> for ApplicationError {
    fn from(error: SesError) -> Self {
        Self::Seal { zh: "印章数据无法读取".to_owned(), en: error.to_string() }
    }
}

/// The name of the document before both halves of the sentence.
fn of(name: &str, error: &ApplicationError) -> String {
    let text = error.to_string();
    match text.split_once(" / ") {
        Some((zh, en)) => format!("《{name}》：{zh} / {name}: {en}"),
        None => format!("《{name}》：{text}"),
    }
}

/// Why nothing can be put on it, and what to do.
fn document(error: &SealingError) -> String {
    let (zh, en) = error.advice();
    format!("{}。{zh} / {error}; {en}", error.chinese())
}

/// Why a seal cannot go there, in words that a person at the page can do something with. Pages count from 1.
fn placement(error: &SealingError) -> String {
    format!("无法在此处加盖印章：{} / the seal cannot be applied there: {error}", error.chinese())
}

/// What the platform said, or that it could not be asked.
fn platform(error: &ClientError) -> String {
    let Some(refusal) = error.refusal() else {
        return format!(
            "暂时无法从平台得到可信的应答，请稍后重试 / no answer of the platform to rely on: {error}"
        );
    };
    let (zh, en) = refusal.message.split_once(" / ").unwrap_or((&refusal.message, &refusal.message));
    format!("平台未受理：{zh}（{code}） / the platform refused: {en} ({code})", code = refusal.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one_for_people() {
        let error = ApplicationError::from(SealingError::NoPage { page_index: 98 });
        assert!(error.to_string().contains("第 99 页") && error.to_string().contains("no page 99"));
        let error = ApplicationError::Document(SealingError::UnknownKind);
        assert!(error.to_string().contains("不是 OFD 或 PDF"), "{error}");
        assert_eq!(error.to_string().matches(" / ").count(), 1);
        let error = ApplicationError::from(ClientError::Unreachable("x".to_owned()));
        assert_eq!(error.to_string().matches(" / ").count(), 1);
    }
}
