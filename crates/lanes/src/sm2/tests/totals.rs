//! One sum from all eight lanes, beside RustCrypto's.

use sm2::ProjectivePoint;

use super::lanes;
use super::reference::{
    N, NO_PART, Random, assert_none, assert_ratio, coordinates, digits, modulo, number, part, scalar, table,
    times,
};
use crate::sm2::{Part, Term};

const WIDTH: usize = 4;

/// A point with any Z as a term.
fn term(point: &ProjectivePoint, z: &N) -> Term {
    let (x, y) = coordinates(&point.to_affine());
    let zz = times(z, z);
    let montgomery = |n: &N| modulo(&n.shl_vartime(256)).to_words()[..4].try_into().unwrap();
    Term { x: montgomery(&times(&x, &zz)), y: montgomery(&times(&y, &times(&zz, z))), z: montgomery(z) }
}

/// These pieces in their lanes, nothing in the others.
fn in_lanes<'a>(pieces: &[(usize, Part<'a>)]) -> [Part<'a>; 8] {
    let mut parts = [NO_PART; 8];
    for (lane, piece) in pieces {
        parts[*lane] = *piece;
    }
    parts
}

fn random_z(random: &mut Random) -> N {
    modulo(&number(&[random.word(), random.word(), random.word(), random.word()]))
}

fn random_point(random: &mut Random) -> ProjectivePoint {
    ProjectivePoint::GENERATOR * scalar(random.scalar())
}

#[test]
fn parts_and_any_number_of_terms() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(51);
    let points: [ProjectivePoint; 8] = std::array::from_fn(|_| random_point(&mut random));
    let tables = points.map(|point| table(point, WIDTH));
    for count in 0..30 {
        let scalars: [[u64; 4]; 8] = std::array::from_fn(|_| random.scalar());
        let digits = scalars.map(|words| digits(words, WIDTH));
        let parts = std::array::from_fn(|lane| part(&tables[lane], WIDTH, &digits[lane]));
        let added: Vec<ProjectivePoint> = (0..count).map(|_| random_point(&mut random)).collect();
        let terms: Vec<Term> = added.iter().map(|point| term(point, &random_z(&mut random))).collect();
        let of_parts: ProjectivePoint =
            points.iter().zip(scalars).map(|(point, words)| *point * scalar(words)).sum();
        let of_terms: ProjectivePoint = added.iter().sum();
        assert_ratio(&ifma.total(&parts, &terms), &(of_parts + of_terms), &format!("{count} terms"));
        assert_ratio(&ifma.total(&parts, &[]), &of_parts, &format!("parts of {count}"));
        let alone = ifma.total(&[NO_PART; 8], &terms);
        assert_ratio(&alone, &of_terms, &format!("{count} terms alone"));
    }
}

/// The sum does not depend on the lanes in which its pieces stand, nor on lanes that add nothing.
#[test]
fn any_lanes_may_be_empty() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(52);
    let tables: [_; 8] = std::array::from_fn(|_| {
        let point = random_point(&mut random);
        (point, table(point, 2))
    });
    let words: [[u64; 4]; 8] = std::array::from_fn(|_| random.scalar());
    let digits = words.map(|words| digits(words, 2));
    let of_lane: [ProjectivePoint; 8] = std::array::from_fn(|lane| tables[lane].0 * scalar(words[lane]));
    let more = random_point(&mut random);
    let more_term = term(&more, &random_z(&mut random));
    for mask in 0..=255_u8 {
        let used = |lane: usize| mask >> lane & 1 == 1;
        let parts =
            std::array::from_fn(
                |lane| {
                    if used(lane) { part(&tables[lane].1, 2, &digits[lane]) } else { NO_PART }
                },
            );
        let expected: ProjectivePoint = (0..8).filter(|lane| used(*lane)).map(|lane| of_lane[lane]).sum();
        assert_ratio(&ifma.total(&parts, &[]), &expected, &format!("lanes {mask:08b}"));
        let with_term = ifma.total(&parts, &[more_term]);
        assert_ratio(&with_term, &(expected + more), &format!("lanes {mask:08b} and a term"));
    }
}

#[test]
fn parts_that_meet_leave_no_answer() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(53);
    let (a, b) = (random_point(&mut random), random_point(&mut random));
    let tables = [table(a, WIDTH), table(-a, WIDTH), table(b, WIDTH)];
    let [whole, negative, other] = tables.each_ref().map(|table| part(table, WIDTH, &[1]));
    let z = random_z(&mut random);
    for one in 0..8 {
        for two in (0..8).filter(|two| *two != one) {
            let what = format!("lanes {one} and {two}");
            assert_none(&ifma.total(&in_lanes(&[(one, whole), (two, whole)]), &[]), &what);
            assert_none(&ifma.total(&in_lanes(&[(one, whole), (two, negative)]), &[]), &what);
            let good = in_lanes(&[(one, whole), (two, other)]);
            assert_ratio(&ifma.total(&good, &[]), &(a + b), &what);
            // The first term stands in lane 0 and meets the part there, or later that of another lane.
            assert_none(&ifma.total(&good, &[term(&-a, &z), term(&-b, &z)]), &what);
        }
        let part = in_lanes(&[(one, whole)]);
        for equal_or_opposite in [a, -a] {
            assert_none(
                &ifma.total(&part, &[term(&equal_or_opposite, &z)]),
                &format!("a term and lane {one}"),
            );
        }
        assert_ratio(&ifma.total(&part, &[term(&b, &z)]), &(a + b), &format!("another term and lane {one}"));
    }
}

/// A sum that met itself stays without an answer, whatever is added later.
#[test]
fn terms_that_meet_leave_no_answer() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(55);
    let points: Vec<ProjectivePoint> = (0..30).map(|_| random_point(&mut random)).collect();
    let terms: Vec<Term> = points.iter().map(|point| term(point, &random_z(&mut random))).collect();
    assert_ratio(&ifma.total(&[NO_PART; 8], &terms), &points.iter().sum(), "all different");
    for at in 0..8 {
        for point in [points[at], -points[at]] {
            let mut meeting = terms.clone();
            // The place of the next term in the same lane.
            meeting[at + 8] = term(&point, &random_z(&mut random));
            assert_none(&ifma.total(&[NO_PART; 8], &meeting), &format!("place {at}"));
        }
    }
}

#[test]
fn what_cannot_be_used_leaves_no_answer() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(54);
    let point = random_point(&mut random);
    let entries = table(point, WIDTH);
    let good = digits(random.scalar(), WIDTH);
    for lane in 0..8 {
        let mut parts = [NO_PART; 8];
        parts[(lane + 3) % 8] = part(&entries, WIDTH, &good);
        assert_ne!(ifma.total(&parts, &[]).z, [0; 4]);
        for bad in [&[9_i16][..], &[-9], &[i16::MIN], &[0, 0, 9]] {
            parts[lane] = part(&entries, WIDTH, bad);
            assert_none(&ifma.total(&parts, &[]), &format!("digits {bad:?} in lane {lane}"));
        }
        parts[lane] = Part { table: &[], half: 8, digits: &[1] };
        assert_none(&ifma.total(&parts, &[]), &format!("no table in lane {lane}"));
        parts[lane] = NO_PART;
        let mut terms: Vec<Term> =
            (0..10).map(|_| term(&random_point(&mut random), &random_z(&mut random))).collect();
        terms[lane].z = [0; 4];
        assert_none(&ifma.total(&parts, &terms), &format!("a term without Z in place {lane}"));
    }
    assert_none(&ifma.total(&[NO_PART; 8], &[]), "nothing at all");
}
