//! The rows of consent sessions. None has `Debug`: telephone numbers and document names belong in no log.

text_enum! {
    /// Where a consent session is in its life.
    ConsentState {
        /// The signer has not decided.
        Pending = "pending",
        /// The signer agreed; the code may be used once.
        Passed = "passed",
        /// The signer refused, or could not prove who they are.
        Refused = "refused",
        /// The time ran out.
        Expired = "expired",
        /// The code was used.
        Consumed = "consumed",
        /// A change of the seal has voided it.
        Void = "void",
    }
}

/// A new consent session.
#[derive(Clone)]
pub struct NewConsent {
    /// 本次认证标识ID.
    pub auth_id: String,
    /// SM3 of the token in the link, lower hexadecimal.
    pub token_sm3: String,
    /// The platform that asks.
    pub caller_app_id: String,
    /// The system behind it.
    pub origin_app_id: String,
    /// Its name, shown to the signer.
    pub origin_name: String,
    /// The seal.
    pub seal_id: String,
    /// The user whose telephone it is, where known.
    pub user_id: Option<String>,
    /// Telephone number, sealed.
    pub mobile: String,
    /// Its blind index.
    pub mobile_index: String,
    /// Blind index of the identity number, where sent.
    pub id_card_index: Option<String>,
    /// The sign id it is bound to, where sent.
    pub sign_id: Option<String>,
    /// The document it is bound to (docHash as sent), where sent.
    pub doc_hash: Option<String>,
    /// hashType of `doc_hash`.
    pub hash_type: Option<i64>,
    /// Name of the document, sealed.
    pub doc_name: Option<String>,
    /// The documents it is bound to, where it is for several (docHashes as sent).
    pub doc_hashes: Option<String>,
    /// Where the page leads afterwards.
    pub redirect_url: Option<String>,
    /// Now.
    pub applied_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// A consent session.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// 本次认证标识ID.
    pub auth_id: String,
    /// SM3 of the token in the link, lower hexadecimal.
    pub token_sm3: String,
    /// SM3 of the cookie of the one browser that opened it.
    pub session_sm3: Option<String>,
    /// The platform that asks.
    pub caller_app_id: String,
    /// The system behind it.
    pub origin_app_id: String,
    /// Its name, shown to the signer.
    pub origin_name: String,
    /// The seal.
    pub seal_id: String,
    /// The user whose telephone it is, where known.
    pub user_id: Option<String>,
    /// Telephone number, sealed.
    pub mobile: String,
    /// Its blind index.
    pub mobile_index: String,
    /// Blind index of the identity number, where sent.
    pub id_card_index: Option<String>,
    /// The sign id it is bound to, where sent.
    pub sign_id: Option<String>,
    /// The document it is bound to (docHash as sent), where sent.
    pub doc_hash: Option<String>,
    /// hashType of `doc_hash`.
    pub hash_type: Option<i64>,
    /// Name of the document, sealed.
    pub doc_name: Option<String>,
    /// Where the page leads afterwards.
    pub redirect_url: Option<String>,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub state: ConsentState,
    /// HMAC-SM3 of the one-time code, lower hexadecimal.
    pub otp_hmac: Option<String>,
    /// When it was sent.
    pub otp_sent_at: Option<i64>,
    /// When it ends.
    pub otp_expires_at: Option<i64>,
    /// How often one was typed in.
    pub otp_tries: i64,
    /// Address and program of the browser, as the server chose to note them.
    pub client: Option<String>,
    /// The authCode, sealed, until it is used.
    pub auth_code: Option<String>,
    /// Its SM3, lower hexadecimal.
    pub auth_code_sm3: Option<String>,
    /// When it ends.
    pub auth_code_expires_at: Option<i64>,
    /// The digest of the request it was used for.
    pub fingerprint: Option<String>,
    /// When it was asked for.
    pub applied_at: i64,
    /// When the link was opened.
    pub opened_at: Option<i64>,
    /// When the signer decided.
    pub decided_at: Option<i64>,
    /// When it ends.
    pub expires_at: i64,
    /// When anything last changed.
    pub changed_at: i64,
    /// How the signer agreed, as this system states it, sealed.
    pub record: Option<String>,
    /// The documents it is bound to, where it is for several (docHashes as sent).
    pub doc_hashes: Option<String>,
}
