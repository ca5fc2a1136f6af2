//! The table of result codes as a page for people: `docs/error-codes.md`.

use crate::code::Code;

const HEADING: &str = "# 结果代码 · Result codes

<!-- Made from crates/protocol/src/code.rs; `cargo xtask gen` writes it. -->

`code` 为字符串,\"0\" 表示成功。首位数字表示由谁处理。 `code` is a string, \"0\" is success. The first digit says \
who must act. A refusal may carry in `data`: `errors` (every failing field with its own code), `retryable`, \
`retryAfterMs`, `upstream` (the code of the seal system behind).

HTTP 状态为 200 表示请求已通过网关检查并得出业务结果。 The HTTP status is 200 for every answer that went through \
the gateway's checks to a business result. An unknown path or method is answered 404 or 405 with code 20002.

可重试:以新的 time 和 nonce、相同的业务键重发。 To retry is to send the same business key with a new time and \
nonce.

| code | HTTP | 含义 · meaning | 处理方 · who acts | retry | cause | cure |
|---|---|---|---|---|---|---|
";

/// The page.
pub fn page() -> String {
    let rows: Vec<String> = Code::ALL.iter().map(|code| row(*code)).collect();
    format!("{HEADING}{}", rows.concat())
}

fn row(code: Code) -> String {
    let (actor_zh, actor_en) = code.actor().texts();
    let retry = if code.retryable() { "yes" } else { "no" };
    let (status, zh, en) = (code.http_status(), code.zh(), code.en());
    let (cause, cure) = (code.cause(), code.cure());
    format!("| {code} | {status} | {zh} · {en} | {actor_zh} · {actor_en} | {retry} | {cause} | {cure} |\n")
}
