//! Attributes that have one value, and the one that must be there (RFC 5652 §11.1 to §11.3, §5.3).

use super::{Attribute, CmsError};
use crate::oid;

/// Refuses messageDigest, contentType and signingTime with no value or several: it would be open which one counts.
pub(super) fn check(list: &[Attribute]) -> Result<(), CmsError> {
    let single = [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_TIME];
    let odd = list.iter().find(|attribute| single.contains(&attribute.oid) && attribute.values.len() != 1);
    odd.map_or(Ok(()), |attribute| Err(CmsError::AttributeValues(attribute.oid)))
}

/// True when contentType is among the attributes, as it must be where there are any.
pub(super) fn names_content(list: &[Attribute]) -> bool {
    list.iter().any(|attribute| attribute.oid == oid::CONTENT_TYPE)
}
