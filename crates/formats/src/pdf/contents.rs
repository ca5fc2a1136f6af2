//! What all do alike who follow content (ISO 32000-1 §7.8.2): reading that of a page, the matrix of a form, and the values
//! before an operator.

use super::held::Held;
use super::lexer::Token;
use super::matrix::Matrix;
use super::{Dictionary, Name, Object, Pdf, PdfError};

/// Goes on where something cannot be read, with nothing; what goes beyond a limit is an error.
pub(super) fn unless_limit<T>(result: Result<T, PdfError>) -> Result<Option<T>, PdfError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ PdfError::Limit(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The content of a page.
#[derive(Default)]
pub(super) struct PageContent {
    /// Its streams as if they were one.
    pub(super) bytes: Vec<u8>,
    /// False when a part of it cannot be read.
    pub(super) is_whole: bool,
}

impl Pdf<'_> {
    /// The content of a page: one stream, or several as if they were one.
    ///
    /// # Errors
    /// Where there are more bytes than are `left`, or another limit is reached.
    pub(super) fn content_of(&self, page: &Dictionary, left: &mut usize) -> Result<PageContent, PdfError> {
        const LIMIT: PdfError = PdfError::Limit("content of pages");
        let mut content = PageContent::default();
        let Some(held) = unless_limit(self.look_up(page, b"Contents"))? else { return Ok(content) };
        content.is_whole = true;
        let Some(held) = held else { return Ok(content) };
        let parts = match &*held {
            Object::Array(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        for part in parts {
            *left = left.checked_sub(1).ok_or(LIMIT)?;
            let part = unless_limit(self.look(part))?;
            let data = match part.as_deref() {
                Some(Object::Stream(stream)) => unless_limit(self.data(stream))?,
                Some(Object::Null) => Some(Vec::new()),
                _ => None,
            };
            content.is_whole &= data.is_some();
            content.bytes.extend(data.unwrap_or_default());
            content.bytes.push(b'\n');
            if content.bytes.len() > *left {
                return Err(LIMIT);
            }
        }
        Ok(content)
    }

    /// A matrix (§8.3.4); none where it is not six numbers.
    pub(super) fn matrix(&self, held: &Held<'_>) -> Option<Matrix> {
        let items = held.as_array().filter(|items| items.len() == 6)?;
        let numbers = items.iter().map(|item| self.look(item).ok()?.as_number());
        let numbers = numbers.collect::<Option<Vec<f64>>>()?;
        numbers.try_into().ok().map(Matrix)
    }

    /// True when device colours are taken for others (§8.6.5.6).
    pub(super) fn recolours(&self, resources: &Dictionary) -> Result<bool, PdfError> {
        let spaces = self.look_up(resources, b"ColorSpace")?;
        let defaults = [&b"DefaultRGB"[..], b"DefaultGray", b"DefaultCMYK"];
        let spaces = spaces.as_deref().and_then(Object::as_dictionary);
        Ok(spaces.is_some_and(|spaces| defaults.iter().any(|key| spaces.get(key).is_some())))
    }
}

/// A value before an operator that paints.
pub(super) enum Operand {
    Number(f64),
    Name(Name),
    /// Of no use to who asks.
    Other,
}

impl Operand {
    /// The value that is, or begins with, a token.
    pub(super) fn of(token: Token<'_>) -> Self {
        match token {
            Token::Integer(number) => Self::Number(real(number)),
            Token::Real(number) => Self::Number(number),
            Token::Name(name) => Self::Name(name),
            _ => Self::Other,
        }
    }

    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// As many numbers, and nothing else.
pub(super) fn numbers<const N: usize>(operands: &[Operand]) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = operands.iter().map(Operand::number).collect();
    numbers?.try_into().ok()
}

#[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
pub(super) const fn real(number: i64) -> f64 {
    number as f64
}
