//! Of what type the values are that may change (ISO 32000-1 tables 30, 164, 218, 220 and others). One of another type is
//! not what the key is for, and something else may read it.

use formats::pdf::{Dictionary, Object};

use super::Comparison;

impl Comparison<'_, '_> {
    /// True when the value under a key is of the type that the key is for, or nothing.
    pub(super) fn is_typed(&self, key: &[u8], dictionary: &Dictionary) -> bool {
        let Some(raw) = dictionary.get(key) else { return true };
        let Ok(value) = self.new.resolve(raw) else { return false };
        if *value == Object::Null {
            return true;
        }
        let is_dictionary = matches!(*value, Object::Dictionary(_));
        match key {
            b"Version" => {
                matches!(*value, Object::Name(_) | Object::String(_)) || value.as_number().is_some()
            }
            b"Tabs" | b"AS" | b"Type" | b"Subtype" => value.as_name().is_some(),
            b"LastModified" | b"M" | b"NM" | b"DA" => value.as_string().is_some(),
            b"RV" => value.as_string().is_some() || value.as_stream().is_some(),
            b"StructParents" | b"SigFlags" | b"Q" | b"F" | b"TI" | b"Count" | b"Rotate" => {
                value.as_number().is_some()
            }
            b"NeedAppearances" => matches!(*value, Object::Boolean(_)),
            b"Annots" | b"Fields" | b"Kids" | b"Border" | b"I" | b"MediaBox" | b"CropBox" => {
                value.as_array().is_some()
            }
            b"AcroForm" | b"DSS" | b"Extensions" | b"MarkInfo" | b"StructTreeRoot" | b"Pages" | b"Parent"
            | b"Resources" | b"DR" | b"AP" | b"MK" | b"BS" => is_dictionary,
            b"Metadata" => value.as_stream().is_some(),
            b"P" => {
                raw.as_reference().is_some_and(|id| self.new_pages.iter().any(|page| page.id == Some(id)))
            }
            b"PieceInfo" => is_dictionary && self.holds_dictionaries(&value),
            _ => true,
        }
    }

    /// Private data of programs (§14.5): a dictionary for each of them, no stream.
    fn holds_dictionaries(&self, value: &Object) -> bool {
        let entries = value.as_dictionary().map(Dictionary::entries).unwrap_or_default();
        entries.iter().all(|entry| {
            matches!(self.new.resolve(&entry.value).as_deref(), Ok(Object::Dictionary(_) | Object::Null))
        })
    }
}
