//! So many harmless changes that nobody would tell them all, with one among them that is none; and what a certification,
//! a lock or a button says in an object of its own.

use formats::pdf::seal::{Certify, FieldChoice, Placement};
use sealbridge_verify as verify;
use testkit::lab::JUDGED_AT;
use testkit::pki::{at, pki};
use verify::catalogue as rule;
use verify::{Options, Status, Trust, Verdict};

use crate::Case;
use crate::base::*;
use crate::shadow::{shown, with_annotation};

/// More than are told of one class.
const MANY: usize = 2_010;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = floods();
    all.extend(permissions());
    all.extend(buttons());
    all
}

/// Fields in the form's own list: they need no objects of their own.
fn fields(entries: impl Fn(usize) -> String) -> String {
    let all: Vec<String> = (0..MANY).map(|number| format!("<<{}>>", entries(number))).collect();
    all.concat()
}

/// The contract with many text fields that nobody sees, and one more.
fn form(value: &str) -> Doc {
    let form = |value: &str| {
        format!("<</Fields[{}40 0 R]>>", fields(|number| format!("/FT/Tx/T(a{number})/V({value})")))
    };
    Doc::contract()
        .set(40, "<</FT/Tx/T(sum)/V(1)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 4/P 3 0 R>>")
        .set(42, form(value))
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]")
}

/// Fills them all.
fn filled(sealed: &Sealed) -> String {
    let form = sealed.body(42);
    let now = form.replace("/V <31>", "/V <32>");
    assert!(form != now, "nothing was filled");
    now
}

fn forged() -> String {
    content(&format!("Contract, page 1. Amount {FORGED}"))
}

fn floods() -> Vec<Case> {
    let seal = usual(By::Seal);
    let flooded = seal
        .body(seal.form)
        .replace("/Fields[", &format!("/Fields[{}", fields(|number| format!("/FT/Sig/T(a{number})"))));
    let open = sealed(&form("1"), By::Cms);
    let certified = certified(&form("1"), Certify::Forms);
    let page = with_annotation(&certified.body(PAGE), 61)
        .unwrap_or_else(|| entries_added(&certified.body(PAGE), "/Annots[61 0 R]"));
    let note = "<</Type/Annot/F 4/Subtype/Text/Rect[500 700 520 720]/Contents(Seen)>>";
    vec![
        Case::of(
            "flooded-empty-fields",
            seal.updated(&[(seal.form, &flooded), (CONTENT, &forged())]),
        )
        .says(
            "新增两千个空签名域，其后改写页面内容",
            "two thousand empty signature fields are added, and behind them the page content is another one",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("flooded-filled-fields", open.updated(&[(42, &filled(&open)), (CONTENT, &forged())]))
            .says(
                "填写两千个表单域，其后改写页面内容",
                "two thousand fields are filled, and behind them the page content is another one",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "certified-flooded-fields",
            certified.updated(&[(42, &filled(&certified)), (PAGE, &page), (61, note)]),
        )
        .says(
            "认证只许填表：填写两千个表单域，其后加入批注",
            "the certification allows filling in: two thousand fields are filled, and behind them a note is added",
        )
        .bad(&rule::SIGNATURE_PERMISSION),
    ]
}

/// A field to be signed, with a lock, beside a text field.
fn locked(lock: &str, value: &str) -> Doc {
    Doc::contract()
        .set(40, "<</FT/Tx/T(amount)/V()/Type/Annot/Subtype/Widget/F 4/Rect[70 600 300 620]/P 3 0 R/AP<</N 41 0 R>>>>")
        .set(41, shown(""))
        .set(42, "<</Fields[40 0 R 43 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .set(43, format!("<</FT/Sig/T(later)/Type/Annot/Subtype/Widget/F 4/Rect[0 0 0 0]/P 3 0 R/Lock<<{lock}>>>>"))
        .set(60, value)
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R 43 0 R]")
}

/// Signed in that field, and then the text field is filled.
fn signed_and_filled(lock: &str, value: &str) -> Vec<u8> {
    let choice = FieldChoice::Existing("later".to_owned());
    let placement = Placement { stamps: Vec::new(), field: choice, ..placement(By::Cms) };
    let sealed = applied(&locked(lock, value).write(), &placement, &pki().signer);
    let field = sealed.body(40).replace("/V()", &format!("/V({FORGED})"));
    sealed.updated(&[(40, &field), (41, &shown(FORGED))])
}

fn permissions() -> Vec<Case> {
    let case = |name, lock: &str, value: &str, zh, en| {
        Case::of(name, signed_and_filled(&format!("/Type/SigFieldLock{lock}"), value)).says(zh, en)
    };
    vec![
        case(
            "control-lock-elsewhere",
            "/Action 60 0 R/Fields[(other)]",
            "/Include",
            "锁定写在单独的对象中，填写的域未被锁定",
            "the lock's action stands in an object of its own, and the field that is filled is not locked",
        ),
        case(
            "lock-action-elsewhere",
            "/Action 60 0 R",
            "/All",
            "锁定方式写在单独的对象中，填写被锁定的域",
            "the lock's action stands in an object of its own, and a locked field is filled",
        )
        .bad(&rule::SIGNATURE_PERMISSION),
        case(
            "lock-name-elsewhere",
            "/Action/Include/Fields[60 0 R]",
            "(amount)",
            "被锁定域的名称写在单独的对象中，填写该域",
            "the name of the locked field stands in an object of its own, and the field is filled",
        )
        .bad(&rule::SIGNATURE_PERMISSION),
        case(
            "lock-level-elsewhere",
            "/Action/Include/Fields[(other)]/P 60 0 R",
            "1",
            "锁定的权限级别写在单独的对象中，禁止改动而填写",
            "the lock's level stands in an object of its own and forbids every change, and a field is filled",
        )
        .bad(&rule::SIGNATURE_PERMISSION),
        case(
            "lock-level-unreadable",
            "/Action/Include/Fields[(other)]/P 60 0 R",
            "(1)",
            "锁定的权限级别不是数字，允许什么无法得知",
            "the lock's level is no number: what is allowed is not known",
        )
        .unknown(&rule::SIGNATURE_PERMISSION),
    ]
}

/// Two buttons of one field, of which one may be on.
fn buttons() -> Vec<Case> {
    let picture = |data: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", data);
    let button = |state: &str, y: u32| {
        format!(
            "<</Type/Annot/Subtype/Widget/F 4/P 3 0 R/Parent 40 0 R/Rect[70 {y} 90 {}]/AS/Off/AP<</N<</{state} 45 0 R/Off 46 0 R>>>>>>",
            y + 20
        )
    };
    let doc = Doc::contract()
        .set(40, "<</FT/Btn/Ff 49152/T(choice)/V/Off/Kids[43 0 R 44 0 R]>>")
        .set(42, "<</Fields[40 0 R]>>")
        .set(43, button("A", 540))
        .set(44, button("B", 510))
        .set(45, picture("4 4 12 12 re f"))
        .set(46, picture(""))
        .set(60, "/B")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[43 0 R 44 0 R]");
    let sealed = sealed(&doc, By::Cms);
    let field = sealed.body(40).replace("/V/Off", "/V/A");
    let on = |number: u32, state: &str| sealed.body(number).replace("/AS/Off", state);
    let (a, b) = (on(43, "/AS/A"), on(44, "/AS 60 0 R"));
    vec![
        Case::of("control-button-chosen", sealed.updated(&[(40, &field), (43, &a)]))
            .says("签名之后选定单选钮", "one of two buttons is chosen after signing"),
        Case::of("fill-button-state-elsewhere", sealed.updated(&[(40, &field), (43, &a), (44, &b)]))
            .says(
                "另一单选钮的状态写在单独的对象中，两个都显示为选中",
                "the state of the other button stands in an object of its own, and both are shown as chosen",
            )
            .unknown(&rule::SIGNATURE_FILLED),
    ]
}

/// However many there are, harmless changes are harmless, and as many as are kept are told apart.
#[test]
fn many_harmless_changes_stay_harmless() {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    let judge = |pdf: &[u8]| verify::verify(pdf, &trust, &Options::new(at(JUDGED_AT)));
    let open = sealed(&form("1"), By::Cms);
    assert_eq!(judge(&open.updated(&[(42, &filled(&open))])).verdict, Verdict::Valid);
    // What shows another value is told as it is, and not beside words that all is allowed.
    let report = judge(&filled_falsely());
    let said = |id: &str| {
        let mut findings = report.signatures.iter().flat_map(|signature| &signature.findings);
        findings.find(|finding| finding.id() == id).map(verify::Finding::status)
    };
    assert_eq!(said("signature.form-fill"), Some(Status::Unknown));
    assert_eq!(said("signature.changes"), Some(Status::Unknown));
}

fn filled_falsely() -> Vec<u8> {
    let sealed = sealed(&locked("", "null"), By::Cms);
    let field = sealed.body(40).replace("/V()", &format!("/V({AMOUNT})"));
    sealed.updated(&[(40, &field), (41, &shown(FORGED))])
}
