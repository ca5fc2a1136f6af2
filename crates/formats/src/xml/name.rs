//! Names of elements and attributes.

/// Whether this is a name with at most one prefix (Namespaces in XML, production 7). Beyond ASCII every character
/// is taken, which is a little more than XML allows and can hide nothing.
pub(super) fn is_qualified_name(name: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii();
    let inner = |byte: u8| begins(byte) || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let (mut at_start, mut colons) = (true, 0);
    for byte in name.bytes() {
        let is_good = match byte {
            b':' => !at_start && colons == 0,
            _ if at_start => begins(byte),
            _ => inner(byte),
        };
        if !is_good {
            return false;
        }
        at_start = byte == b':';
        colons += i32::from(at_start);
    }
    !at_start
}
