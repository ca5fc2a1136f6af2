//! Names of elements and attributes.

/// Whether this is a name with at most one prefix (Namespaces in XML, production 7). Beyond ASCII every character
/// is taken, which is a little more than XML allows and can hide nothing.
pub(super) fn is_qualified_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let is_name = |part: &str| {
        let begins =
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || !first.is_ascii());
        let inner = |character: char| {
            character.is_ascii_alphanumeric() || "-_.".contains(character) || !character.is_ascii()
        };
        begins && part.chars().all(inner)
    };
    let first = parts.next().is_some_and(is_name);
    first && parts.next().is_none_or(is_name) && parts.next().is_none()
}
