//! The gaps between the letters of a word or a number. Nothing is there, and yet they are not there to be filled: a point
//! between two figures makes another number.

use formats::pdf::Rect;

use super::ground::{Grounds, Places, Sign, ink};

/// Two letters that are closer than this part of their height belong together.
const CLOSE: f64 = 0.5;
/// How far from a place letters are looked for, in points: half the height of those on a poster.
const REACH: f64 = 36.0;

/// True when a place reaches between two letters of one line that are close to each other, or nobody knows.
pub(super) fn is_between(grounds: &Grounds, glyphs: &Places<Sign>, place: &Rect, point: f64) -> bool {
    let reach = REACH * point;
    let wide = Rect { left: place.left - reach, right: place.right + reach, ..*place };
    let (mut left, mut right): (Vec<Rect>, Vec<Rect>) = (Vec::new(), Vec::new());
    for (one, sign) in glyphs.near(wide) {
        if !grounds.may_compare_all(1) {
            return true;
        }
        let inner = ink(*one);
        let is_letter = matches!(sign, Sign::Letter | Sign::Private);
        if !is_letter || inner.bottom >= place.top || inner.top <= place.bottom {
            continue;
        }
        if inner.right < place.right {
            left.push(*one);
        }
        if inner.left > place.left {
            right.push(*one);
        }
    }
    if !grounds.may_compare_all(left.len().saturating_mul(right.len())) {
        return true;
    }
    left.iter().any(|a| right.iter().any(|b| belong_together(a, b)))
}

/// True for two letters one after the other.
fn belong_together(a: &Rect, b: &Rect) -> bool {
    let shared = a.top.min(b.top) - a.bottom.max(b.bottom);
    let middle = |rect: &Rect| f64::midpoint(rect.left, rect.right);
    middle(a) < middle(b)
        && b.left - a.right < CLOSE * a.height().max(b.height())
        && shared > CLOSE * a.height().min(b.height())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(left: f64, width: f64) -> Rect {
        Rect { left, bottom: 0.0, right: left + width, top: 16.0 }
    }

    #[test]
    fn a_gap_within_a_number_is_none_to_write_in() {
        let glyphs = Places::new(vec![
            (letter(0.0, 9.0), Sign::Letter),
            (letter(10.2, 9.0), Sign::Letter),
            (letter(60.0, 9.0), Sign::Letter),
        ]);
        let is_between = |left, width| is_between(&Grounds::default(), &glyphs, &letter(left, width), 1.0);
        assert!(is_between(8.8, 1.0), "a stroke as thin as it may be");
        assert!(is_between(7.5, 4.0));
        assert!(!is_between(30.0, 4.0), "a place to write");
        assert!(!is_between(22.0, 36.0), "all of it");
        let below = Rect { bottom: -16.0, top: 0.0, ..letter(8.0, 2.0) };
        assert!(!super::is_between(&Grounds::default(), &glyphs, &below, 1.0), "another line");
    }
}
