//! Content streams as a list of operators (ISO 32000-1 §7.8.2).

use super::lexer::Token;
use super::parser::Parser;
use super::{Limits, Object, PdfError};

/// An operator with the values before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The operator as it is written.
    pub operator: Vec<u8>,
    /// What stands before it.
    pub operands: Vec<Object>,
}

/// The operators of a content stream in their order. Nothing is passed over: pictures within the content (`BI`) are an
/// error, since their data are no tokens, and so are values behind the last operator.
///
/// # Errors
/// When something is no operator and no value, and when there is more than the limits allow.
pub fn operations(content: &[u8], limits: &Limits) -> Result<Vec<Operation>, PdfError> {
    let mut parser = Parser::new(content, 0, limits);
    let (mut all, mut operands) = (Vec::new(), Vec::new());
    loop {
        match parser.lexer.next()? {
            Token::End if operands.is_empty() => return Ok(all),
            Token::Keyword(b"BI") => return Err(parser.lexer.error("a picture within the content")),
            Token::Keyword(word) if ![&b"null"[..], b"true", b"false"].contains(&word) => {
                let operands = std::mem::take(&mut operands);
                all.push(Operation { operator: word.to_vec(), operands });
            }
            token => operands.push(parser.value_of(token, 0)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_with_their_operands() {
        let read = |content: &[u8]| operations(content, &Limits::default());
        let all = read(b"/Tx BMC q 1 0 0 RG [(a\\050)-20<62>] TJ % comment\nQ").unwrap();
        let names: Vec<&[u8]> = all.iter().map(|one| one.operator.as_slice()).collect();
        assert_eq!(names, [&b"BMC"[..], b"q", b"RG", b"TJ", b"Q"]);
        let Some([Object::Array(items)]) = all.get(3).map(|one| one.operands.as_slice()) else {
            panic!("one array")
        };
        assert_eq!(items[0], Object::String(b"a(".to_vec()));
        assert_eq!(items[2], Object::String(b"b".to_vec()));
        assert!(read(b"").unwrap().is_empty());
        for wrong in [&b"(open Tj"[..], b"1 0 0", b"BI /W 1 ID x EI", b"[1 2 Tj", b") Tj"] {
            let read = read(wrong);
            assert!(read.is_err() || read.unwrap().iter().any(|one| one.operator == b")"), "{wrong:?}");
        }
    }
}
