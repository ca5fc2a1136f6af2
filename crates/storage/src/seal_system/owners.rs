//! Owners of seals (印章所有者) and the persons who may apply them.

use crate::{Result, Tx};

/// An organisation or a person who owns seals. It has no `Debug`: names belong in no log.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Owner {
    /// Our id.
    pub owner_id: String,
    /// 1 organisation, 2 person.
    pub owner_type: i64,
    /// Name; sealed when it is a person.
    pub name: String,
    /// USCC of an organisation; number of a person's document, sealed.
    pub cert_no: String,
    /// Blind index of the number.
    pub cert_no_index: String,
    /// The nine characters of the organisation code; of a person, those of the organisation they belong to, or
    /// empty.
    pub org_code: String,
    /// When it was entered.
    pub created_at: i64,
}

/// A person who may apply seals. It has no `Debug`: names belong in no log.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// Our id.
    pub user_id: String,
    /// The owner they act for.
    pub owner_id: String,
    /// Name, sealed.
    pub name: String,
    /// Telephone number, sealed.
    pub mobile: String,
    /// Its blind index.
    pub mobile_index: String,
    /// Identity number, sealed.
    pub id_card: Option<String>,
    /// Its blind index.
    pub id_card_index: Option<String>,
    /// When they were entered.
    pub created_at: i64,
}

macro_rules! columns {
    () => {
        "owner_id, owner_type, name, cert_no, cert_no_index, org_code, created_at"
    };
}

macro_rules! user_columns {
    () => {
        "u.user_id, u.owner_id, u.name, u.mobile, u.mobile_index, u.id_card, u.id_card_index, u.created_at"
    };
}

sql! {
    INSERT = concat!("INSERT INTO owners (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT DO NOTHING");
    FIND = concat!("SELECT ", columns!(), " FROM owners WHERE owner_id = $1");
    BY_CERT_NO = concat!("SELECT ", columns!(), " FROM owners WHERE owner_type = $1 AND cert_no_index = $2");
    LIST = concat!("SELECT ", columns!(), " FROM owners ORDER BY created_at, owner_id");
    INSERT_USER = "INSERT INTO users (user_id, owner_id, name, mobile, mobile_index, id_card, id_card_index, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    FIND_USER = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.user_id = $1");
    USERS_OF_OWNER = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.owner_id = $1 \
        ORDER BY u.created_at, u.user_id");
    AUTHORISE = "INSERT INTO seal_users (seal_id, user_id, authorised_at) VALUES ($1, $2, $3) \
        ON CONFLICT (seal_id, user_id) DO UPDATE SET revoked_at = NULL";
    WITHDRAW = "UPDATE seal_users SET revoked_at = $3 WHERE seal_id = $1 AND user_id = $2 AND revoked_at IS NULL";
    USERS_OF_SEAL = concat!("SELECT ", user_columns!(), " FROM users u JOIN seal_users s ON s.user_id = u.user_id \
        WHERE s.seal_id = $1 AND s.revoked_at IS NULL ORDER BY u.created_at, u.user_id");
}

/// Enters an owner; `false` when the id or the number is known.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, owner: &Owner) -> Result<bool> {
    let o = owner;
    let rows = run!(
        tx,
        execute(
            INSERT,
            &o.owner_id,
            o.owner_type,
            &o.name,
            &o.cert_no,
            &o.cert_no_index,
            &o.org_code,
            o.created_at
        )
    )?;
    Ok(rows == 1)
}

/// The owner with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, owner_id: &str) -> Result<Option<Owner>> {
    run!(tx, optional::<Owner>(FIND, owner_id))
}

/// The owner of this type whose number has this blind index.
///
/// # Errors
/// Failures of the database.
pub async fn by_cert_no(tx: &mut Tx, owner_type: i64, index: &str) -> Result<Option<Owner>> {
    run!(tx, optional::<Owner>(BY_CERT_NO, owner_type, index))
}

/// All owners.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<Owner>> {
    run!(tx, all::<Owner>(LIST))
}

/// Enters a user; `false` when the id is taken.
///
/// # Errors
/// Failures of the database.
pub async fn insert_user(tx: &mut Tx, user: &User) -> Result<bool> {
    let u = user;
    let rows = run!(
        tx,
        execute(
            INSERT_USER,
            &u.user_id,
            &u.owner_id,
            &u.name,
            &u.mobile,
            &u.mobile_index,
            &u.id_card,
            &u.id_card_index,
            u.created_at
        )
    )?;
    Ok(rows == 1)
}

/// The user with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find_user(tx: &mut Tx, user_id: &str) -> Result<Option<User>> {
    run!(tx, optional::<User>(FIND_USER, user_id))
}

/// The users of an owner.
///
/// # Errors
/// Failures of the database.
pub async fn users_of_owner(tx: &mut Tx, owner_id: &str) -> Result<Vec<User>> {
    run!(tx, all::<User>(USERS_OF_OWNER, owner_id))
}

/// Lets a user apply a seal.
///
/// # Errors
/// Failures of the database, also when there is no such seal or user.
pub async fn authorise(tx: &mut Tx, seal_id: &str, user_id: &str, at: i64) -> Result<()> {
    run!(tx, execute(AUTHORISE, seal_id, user_id, at)).map(|_| ())
}

/// Lets a user no longer apply a seal; `false` when they could not.
///
/// # Errors
/// Failures of the database.
pub async fn withdraw(tx: &mut Tx, seal_id: &str, user_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(WITHDRAW, seal_id, user_id, at)).map(|rows| rows == 1)
}

/// Who may apply a seal (印章授权信息, table 9).
///
/// # Errors
/// Failures of the database.
pub async fn users_of_seal(tx: &mut Tx, seal_id: &str) -> Result<Vec<User>> {
    run!(tx, all::<User>(USERS_OF_SEAL, seal_id))
}
