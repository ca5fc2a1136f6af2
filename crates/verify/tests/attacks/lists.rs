//! Attacks on the list of signatures, on seals as they are shown, and on locks.

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, PlainForm, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{
    DESCRIPTION, LIST, VALUE, plain_contract, prepared, riding, sealed, signed, stamp, two_seals,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = removed();
    all.extend(files_removed());
    all.extend(locks());
    all.extend(stamps());
    all.extend(listed());
    all
}

/// The list without its entry number `index`.
fn without_entry(text: &str, index: usize) -> String {
    let start = text.match_indices("<ofd:Signature ").nth(index).expect("an entry").0;
    let end = start + text[start..].find("/>").expect("its end") + 2;
    format!("{}{}", &text[..start], &text[end..])
}

fn without_folder(files: &mut Files, folder: &str) {
    files.list.retain(|file| !file.name.starts_with(folder));
}

fn removed() -> Vec<Case> {
    let mut only = sealed(&plain_contract(), Mode::Continue);
    only.edit(LIST, |text| without_entry(text, 0));
    let mut whole = sealed(&plain_contract(), Mode::Continue);
    whole.edit(LIST, |text| without_entry(text, 0));
    without_folder(&mut whole, "Doc_0/Signs/Sign_0/");
    let two = two_seals(Mode::Continue);
    let mut second = two.clone();
    second.edit(LIST, |text| without_entry(text, 1));
    let mut first = two.clone();
    first.edit(LIST, |text| without_entry(text, 0));
    let mut first_whole = first.clone();
    without_folder(&mut first_whole, "Doc_0/Signs/Sign_0/");
    let mut base = two.clone();
    base.edit(LIST, |text| {
        let text = without_entry(text, 0);
        text.replace("<ofd:Signature ", "<ofd:Signature Relative=\"s001\" ")
    });
    vec![
        Case::control(&two, "control-two-seals")
            .says("两个单位先后盖章", "sealed by two parties, one after the other"),
        Case::of(&only, "signature-unlisted")
            .says(
                "唯一的签章从列表中删去，文件仍在包内",
                "the only seal is taken out of the list; its files stay",
            )
            .unknown(&rule::SIGNATURES_NONE)
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&whole, "signature-removed")
            .says(
                "唯一的签章连同文件删去，文档变成无签章",
                "the only seal is taken out with its files: the document is unsigned",
            )
            .unknown(&rule::SIGNATURES_NONE),
        Case::of(&second, "second-signature-unlisted")
            .says(
                "第二个签章从列表中删去，文件仍在包内",
                "the second seal is taken out of the list; its files stay",
            )
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&first, "first-signature-unlisted")
            .says(
                "第一个签章从列表中删去，只显示第二个单位",
                "the first seal is taken out of the list: only the second party is shown",
            )
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&first_whole, "first-signature-removed")
            .says("第一个签章连同文件删去", "the first seal is taken out with its files")
            .bad(&rule::REFERENCES),
        Case::of(&base, "base-signature-removed")
            .says(
                "第二个签章所依据的签章（GM/T 0099 Relative）被删去",
                "the seal that the second one builds on (GM/T 0099 Relative) is taken out",
            )
            .bad(&rule::BASE)
            .unknown(&rule::SIGNATURES_UNLISTED),
    ]
}

fn files_removed() -> Vec<Case> {
    let mut value = sealed(&plain_contract(), Mode::Continue);
    value.remove(VALUE);
    let mut list = sealed(&plain_contract(), Mode::Continue);
    list.remove(LIST);
    vec![
        Case::of(&value, "value-removed")
            .says(
                "签名值文件被删去，印章消失",
                "the signature value is taken out: the seal is no longer shown",
            )
            .bad(&rule::SIGNATURE_FORMAT),
        Case::of(&list, "list-removed")
            .says("签名列表文件被删去", "the list of signatures is taken out")
            .unknown(&rule::SIGNATURES_LIST)
            .unknown(&rule::SIGNATURES_UNLISTED),
    ]
}

fn locks() -> Vec<Case> {
    let locked = two_seals(Mode::Lock);
    let mut without_first = locked.clone();
    without_first.edit(LIST, |text| without_entry(text, 0));
    let mut lock_unlisted = locked.clone();
    lock_unlisted.edit(LIST, |text| without_entry(text, 1));
    // The honest writer refuses to add a seal to a locked document: the list is put in by hand.
    let mut added = sealed(&plain_contract(), Mode::Lock);
    let seal = SealSpec::for_signer(&pki().second).write();
    let donor = prepared(
        &sealed(&plain_contract(), Mode::Continue).to_zip(),
        Kind::Seal(seal.clone()),
        Mode::Continue,
        stamp(),
    )
    .sealed(&seal, &ValueSpec::by(&pki().second));
    for file in donor.list.iter().filter(|file| file.name.contains("/Sign_1/")) {
        added.add(&file.name, file.data.clone());
    }
    added.set(LIST, donor.get(LIST).to_vec());
    vec![
        Case::control(&locked, "control-locked")
            .says("第二个签章锁定全文", "the second seal locks the document"),
        Case::of(&added, "signature-added-after-lock")
            .says("锁定之后又加盖一章", "one more seal is added after the lock")
            .bad(&rule::LOCK),
        Case::of(&without_first, "signature-unlisted-after-lock")
            .says("锁定之后删去第一个签章", "the first seal is taken out of the list after the lock")
            .bad(&rule::LOCK),
        Case::of(&lock_unlisted, "lock-unlisted")
            .says(
                "删去起锁定作用的签章，文档看似可以继续改动",
                "the seal that locks is taken out of the list, so that the document seems open",
            )
            .unknown(&rule::SIGNATURES_UNLISTED),
    ]
}

fn stamps() -> Vec<Case> {
    let changed = |change: &dyn Fn(&str) -> String| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.edit(DESCRIPTION, change);
        files
    };
    let cut_stamp = |text: &str| {
        let start = text.rfind("<ofd:StampAnnot").expect("a stamp");
        let end = start + text[start..].find("/>").expect("its end") + 2;
        format!("{}{}", &text[..start], &text[end..])
    };
    let ride = riding();
    let mut dropped = ride.clone();
    dropped.edit(DESCRIPTION, cut_stamp);
    let page = |text: &str, number: usize| {
        let start = text.match_indices("<ofd:Page ID=\"").nth(number).expect("a page").0 + 14;
        text[start..].split('"').next().expect("an id").to_owned()
    };
    let root = String::from_utf8(sealed(&plain_contract(), Mode::Continue).get(crate::base::ROOT).to_vec())
        .expect("text");
    let (one, two) = (page(&root, 0), page(&root, 1));
    let bad = |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).bad(&rule::DATA_HASH);
    vec![
        Case::control(&ride, "control-riding").says("三页骑缝章", "a riding seal over three pages"),
        bad(
            &changed(&|text| text.replace("Boundary=\"120 200", "Boundary=\"20 30")),
            "stamp-moved",
            "印章移到金额上",
            "the seal is moved onto the amount",
        ),
        bad(
            &changed(&|text| text.replace("40 40\"", "190 190\"")),
            "stamp-enlarged",
            "印章放大到盖住全页",
            "the seal is enlarged over the whole page",
        ),
        bad(
            &changed(&|text| text.replace(&format!("PageRef=\"{one}\""), &format!("PageRef=\"{two}\""))),
            "stamp-to-other-page",
            "印章移到另一页",
            "the seal is moved to another page",
        ),
        bad(
            &changed(&cut_stamp),
            "stamp-dropped",
            "印章外观被删去，签名仍在列表中",
            "the stamp is taken out; the signature stays listed",
        ),
        bad(
            &dropped,
            "riding-slice-dropped",
            "骑缝章缺一片，所在页可被替换",
            "one slice of the riding seal is taken out, as if its page had been exchanged",
        ),
    ]
}

fn listed() -> Vec<Case> {
    let seal = sealed(&plain_contract(), Mode::Continue);
    let mut flipped = seal.clone();
    flipped.edit(LIST, |text| text.replace("Type=\"Seal\"", "Type=\"Sign\""));
    let sign = signed(PlainForm::Attributes, Mode::Continue);
    let mut to_seal = sign.clone();
    to_seal.edit(LIST, |text| text.replace("Type=\"Sign\"", "Type=\"Seal\""));
    let spec = SealSpec { maker: pki().stranger.clone(), ..SealSpec::for_signer(&pki().stranger) };
    let forged = spec.write();
    let stranger = prepared(&seal.to_zip(), Kind::Seal(forged.clone()), Mode::Continue, stamp())
        .sealed(&forged, &ValueSpec::by(&pki().stranger));
    vec![
        Case::control(&seal, "control-sealed").says("一个签章，可继续加签", "one seal; more may be added"),
        Case::control(&sealed(&plain_contract(), Mode::Lock), "control-sealed-locked").says("一个签章并锁定全文", "one seal, and the document is locked"),
        Case::control(&sign, "control-signed").says("数字签名（GB/T 35275）", "a plain signature (GB/T 35275)"),
        Case::of(&flipped, "type-seal-to-sign")
            .says("列表中的类型由 Seal 改为 Sign，阅读器不再显示印章、不按印章规则验证", "the type in the list flipped from Seal to Sign: readers no longer show the seal nor judge it as one")
            .unknown(&rule::SIGNATURE_KIND),
        Case::of(&to_seal, "type-sign-to-seal")
            .says("列表中的类型由 Sign 改为 Seal，冒充盖章", "the type in the list flipped from Sign to Seal, as if it were sealed")
            .unknown(&rule::SIGNATURE_KIND),
        Case::of(&stranger, "stranger-adds-seal")
            .says("陌生人用自签证书加盖伪造的公章", "a stranger adds a forged seal with a certificate of his own making")
            .bad(&rule::SIGNER_CHAIN)
            .bad(&rule::MAKER_CHAIN),
    ]
}
