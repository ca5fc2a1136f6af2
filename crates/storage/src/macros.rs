//! The three small macros of this crate: `sql!` registers statements, `run!` runs one on whichever database the
//! transaction belongs to, and `text_enum!` declares a list of states that is stored as text.

/// Declares SQL texts as constants and registers them in the module's `STATEMENTS`, so that a test can prepare
/// every one of them on both databases.
macro_rules! sql {
    ($($(#[$attribute:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$attribute])* const $name: &str = $text;)*
        /// Every SQL text of this module, with its name.
        pub(crate) const STATEMENTS: &[crate::statements::Statement] = &[
            $(crate::statements::Statement { name: concat!(module_path!(), "::", stringify!($name)), sql: $name },)*
        ];
    };
}

/// Runs one statement in a transaction: `run!(tx, execute(SQL, bind, …))` gives the number of rows touched,
/// `optional::<Row>`, `one::<Row>` and `all::<Row>` give rows, `scalar::<T>` and `scalar_optional::<T>` a value.
macro_rules! run {
    ($tx:expr, execute($sql:expr $(, $bind:expr)* $(,)?)) => {{
        let tx: &mut $crate::Tx = $tx;
        let limit = tx.limit();
        let result = match tx.inner() {
            $crate::database::Inner::Sqlite(open) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **open).await.map(|done| done.rows_affected())
            }
            $crate::database::Inner::Postgres(open) => {
                let run = sqlx::query($sql)$(.bind($bind))*.execute(&mut **open);
                $crate::postgres::within(limit, run).await.map(|done| done.rows_affected())
            }
        };
        tx.note(result)
    }};
    ($tx:expr, optional::<$row:ty>($($rest:tt)*)) => { run!(@fetch $tx, query_as, $row, fetch_optional, $($rest)*) };
    ($tx:expr, one::<$row:ty>($($rest:tt)*)) => { run!(@fetch $tx, query_as, $row, fetch_one, $($rest)*) };
    ($tx:expr, all::<$row:ty>($($rest:tt)*)) => { run!(@fetch $tx, query_as, $row, fetch_all, $($rest)*) };
    ($tx:expr, scalar::<$value:ty>($($rest:tt)*)) => { run!(@fetch $tx, query_scalar, $value, fetch_one, $($rest)*) };
    ($tx:expr, scalar_optional::<$value:ty>($($rest:tt)*)) => {
        run!(@fetch $tx, query_scalar, $value, fetch_optional, $($rest)*)
    };
    ($tx:expr, scalars::<$value:ty>($($rest:tt)*)) => { run!(@fetch $tx, query_scalar, $value, fetch_all, $($rest)*) };
    (@fetch $tx:expr, $query:ident, $out:ty, $fetch:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let tx: &mut $crate::Tx = $tx;
        let limit = tx.limit();
        let result = match tx.inner() {
            $crate::database::Inner::Sqlite(open) => {
                sqlx::$query::<_, $out>($sql)$(.bind($bind))*.$fetch(&mut **open).await
            }
            $crate::database::Inner::Postgres(open) => {
                let run = sqlx::$query::<_, $out>($sql)$(.bind($bind))*.$fetch(&mut **open);
                $crate::postgres::within(limit, run).await
            }
        };
        tx.note(result)
    }};
}

/// Declares an enum whose values are stored as text.
macro_rules! text_enum {
    ($(#[$attribute:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$note])* $variant,)* }

        impl $name {
            /// The text that is stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::error::UnknownText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                match text.as_str() {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(crate::error::UnknownText(text)),
                }
            }
        }
    };
}
