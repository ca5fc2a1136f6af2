//! `seal make`: what is refused, before anything is written, and seals with a picture that was brought.

use crate::workshop::{Workshop, seal};

/// The header of a picture of 472 × 177 pixels, which is 40 × 15 mm at 300 dpi. Pixels are never looked at.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\xd8\0\0\0\xb1\x08\x06\0\0\0";
const GIF: &[u8] = b"GIF89a\xd8\x01\xb1\0\x80\0\0";

#[test]
fn a_seal_needs_at_least_a_day() {
    let workshop = Workshop::new();
    workshop.make("--out seal.esl --days 0").refused("--days");
    assert!(!workshop.has("seal.esl"));
    assert_eq!(workshop.make("--out seal.esl --days 1").code, Some(0));
    let seal = seal(&workshop.path("seal.esl"));
    assert_eq!(seal.valid_end.as_second() - seal.valid_start.as_second(), 24 * 60 * 60);
}

#[test]
fn an_id_of_the_seal_must_be_visible_ascii() {
    let workshop = Workshop::new();
    for bad in ["印章", &"a".repeat(129)] {
        workshop.make(&format!("--out seal.esl --es-id {bad}")).refused("esID");
    }
    for (bad, args) in [("empty", ""), ("blank", "a b"), ("control", "a\nb")] {
        let mut command = workshop.command(&crate::workshop::make_line("--out seal.esl --es-id"));
        let run = crate::workshop::Run::from(command.arg(args).output().unwrap());
        assert_eq!(run.code, Some(2), "{bad}");
    }
    assert!(!workshop.has("seal.esl"));
    assert_eq!(workshop.make("--out seal.esl --es-id es_1").code, Some(0));
    assert_eq!(seal(&workshop.path("seal.esl")).es_id, "es_1");
}

#[test]
fn a_bad_name_of_the_picture_leaves_no_seal() {
    let workshop = Workshop::new();
    workshop.make("--out seal.esl --picture x.gif").refused("x.gif");
    workshop.make("--out seal.esl --picture nowhere/x.png").refused("x.png");
    workshop.make("--out x.png --picture x.png").refused("x.png");
    workshop.make("--out seal.esl --picture signer.pem.png --signer missing.pem").refused("missing.pem");
    assert!(!workshop.has("seal.esl") && !workshop.has("x.gif") && !workshop.has("x.png"));
    assert_eq!(workshop.make("--out seal.esl --picture x.PNG").code, Some(0));
    assert_eq!(std::fs::read(workshop.path("x.PNG")).unwrap(), seal(&workshop.path("seal.esl")).picture.data);
}

#[test]
fn a_hand_drawn_seal_takes_its_picture() {
    let workshop = Workshop::new();
    workshop.make("--out seal.esl --type 08").refused("--image");
    // The kind is told by the bytes, whatever the name says.
    workshop.write("drawn.png", GIF);
    let run = workshop.make("--out seal.esl --type 08 --image drawn.png");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let made = seal(&workshop.path("seal.esl"));
    assert_eq!((made.seal_type, made.picture.kind.as_str()), (8, "GIF"));
    assert_eq!((made.picture.width_mm, made.picture.height_mm), (40, 15));
    assert_eq!(made.picture.data, GIF);

    workshop.write("drawn.gif", PNG);
    let run = workshop.make("--out second.esl --type 08 --image drawn.gif --size 48x18");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let made = seal(&workshop.path("second.esl"));
    assert_eq!((made.picture.kind.as_str(), made.picture.width_mm, made.picture.height_mm), ("PNG", 48, 18));

    // It seals a document like any other.
    let run = workshop.run("sign document.ofd --seal second.esl --key signer.p12 --out sealed.ofd");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(workshop.run("verify sealed.ofd --trust trust").code, Some(0));
}

#[test]
fn pictures_that_are_none_leave_nothing() {
    let workshop = Workshop::new();
    workshop.write("text.png", b"<svg/>");
    workshop.write("cut.png", &PNG[..20]);
    workshop.write("good.png", PNG);
    workshop.write("large.png", &[PNG, &vec![0; 1 << 20]].concat());
    for (options, why) in [
        ("--image text.png", "text.png"),
        ("--image cut.png", "cut.png"),
        ("--image large.png", "large.png"),
        ("--image missing.png", "missing.png"),
        ("--image good.png --size 40x40", "--size 40x15"),
        ("--image good.png --size 0x0", "--size 0x0"),
        ("--size 40x15", "--image"),
    ] {
        workshop.make(&format!("--out seal.esl --type 08 {options}")).refused(why);
        assert!(!workshop.has("seal.esl"), "{options}");
    }
    assert_eq!(std::fs::read(workshop.path("good.png")).unwrap(), PNG);
    workshop.make("--type 08 --image good.png --out good.png").refused("good.png");
    assert_eq!(std::fs::read(workshop.path("good.png")).unwrap(), PNG);
}
