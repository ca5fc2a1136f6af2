//! Filters of streams (ISO 32000-1 §7.4).

mod ascii;
mod flate;
mod lzw;
mod predictor;
mod run_length;

use super::budget::Budget;
use super::{Dictionary, Name, Object, PdfError};

/// More filters than this on one stream are refused.
const MOST: usize = 16;

/// One filter with its parameters, resolved.
pub(super) struct Step {
    name: Name,
    parameters: Dictionary,
}

/// Decoded bytes, and what was wrong with the encoded ones where some could be decoded all the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    pub(super) damage: Option<&'static str>,
}

impl Decoded {
    const fn whole(bytes: Vec<u8>) -> Self {
        Self { bytes, damage: None }
    }
}

/// Gives what an object refers to.
pub(super) type Resolve<'r> = &'r dyn Fn(&Object) -> Result<Object, PdfError>;

/// The filters of a stream in the order of decoding.
pub(super) fn steps(dictionary: &Dictionary, resolve: Resolve<'_>) -> Result<Vec<Step>, PdfError> {
    if dictionary.get(b"F").is_some() {
        return Err(PdfError::Filter("the data is in another file"));
    }
    let value = |key: &[u8]| dictionary.get(key).map_or(Ok(Object::Null), resolve);
    let list = |object: Object| match object {
        Object::Null => Vec::new(),
        Object::Array(items) => items,
        one => vec![one],
    };
    let (names, parameters) = (list(value(b"Filter")?), list(value(b"DecodeParms")?));
    if names.len() > MOST {
        return Err(PdfError::Limit("filters of a stream"));
    }
    let mut steps = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let Object::Name(name) = resolve(name)? else { return Err(PdfError::Filter("Filter is no name")) };
        let parameters = match parameters.get(index).map_or(Ok(Object::Null), resolve)? {
            Object::Null => Dictionary::new(),
            Object::Dictionary(dictionary) => resolved(&dictionary, resolve)?,
            _ => return Err(PdfError::Filter("DecodeParms is no dictionary")),
        };
        steps.push(Step { name, parameters });
    }
    Ok(steps)
}

/// The parameters that filters look at, resolved.
fn resolved(dictionary: &Dictionary, resolve: Resolve<'_>) -> Result<Dictionary, PdfError> {
    let mut out = Dictionary::new();
    for key in [&b"Predictor"[..], b"Colors", b"BitsPerComponent", b"Columns", b"EarlyChange", b"Name"] {
        if let Some(value) = dictionary.get(key) {
            out.set(key, resolve(value)?);
        }
    }
    Ok(out)
}

/// Decodes with every filter in turn; each result has at most `most` bytes, all together count against the budget.
pub(super) fn decode(
    encoded: &[u8],
    steps: &[Step],
    most: usize,
    budget: &Budget,
) -> Result<Decoded, PdfError> {
    let Some((first, rest)) = steps.split_first() else {
        budget.spend(encoded.len())?;
        return Ok(Decoded::whole(encoded.to_vec()));
    };
    let run = |step: &Step, input: &[u8]| {
        budget.check()?;
        let most = most.min(budget.left());
        let decoded = step.decode(input, most);
        if matches!(decoded, Err(PdfError::Limit(_))) {
            // What was decoded in vain counts too.
            budget.spend(most)?;
        }
        let decoded = decoded?;
        budget.spend(decoded.bytes.len())?;
        Ok::<_, PdfError>(decoded)
    };
    let mut decoded = run(first, encoded)?;
    for step in rest {
        let next = run(step, &decoded.bytes)?;
        decoded = Decoded { bytes: next.bytes, damage: decoded.damage.or(next.damage) };
    }
    Ok(decoded)
}

impl Step {
    fn decode(&self, input: &[u8], most: usize) -> Result<Decoded, PdfError> {
        match self.name.as_bytes() {
            b"FlateDecode" | b"Fl" => predictor::undo(flate::decode(input, most)?, &self.parameters, most),
            b"LZWDecode" | b"LZW" => {
                let early = self.parameters.integer(b"EarlyChange") != Some(0);
                predictor::undo(lzw::decode(input, early, most)?, &self.parameters, most)
            }
            b"ASCIIHexDecode" | b"AHx" => ascii::hexadecimal(input),
            b"ASCII85Decode" | b"A85" => ascii::base85(input, most),
            b"RunLengthDecode" | b"RL" => run_length::decode(input, most),
            // The identity; any other one is undone with the encryption.
            b"Crypt" => Ok(Decoded::whole(input.to_vec())),
            b"DCTDecode" | b"DCT" => Err(PdfError::Filter("DCTDecode")),
            b"JPXDecode" => Err(PdfError::Filter("JPXDecode")),
            b"CCITTFaxDecode" | b"CCF" => Err(PdfError::Filter("CCITTFaxDecode")),
            b"JBIG2Decode" => Err(PdfError::Filter("JBIG2Decode")),
            _ => Err(PdfError::Filter("an unknown filter")),
        }
    }
}

/// What is said where decoded bytes go beyond the bound.
const TOO_LONG: PdfError = PdfError::Limit("bytes of a decoded stream");

#[cfg(test)]
mod tests;
