//! The schema: every fault at once, and the rules between fields (resolutions 3, 6, 8, 9, 12, 15 to 18, 24, 26 to 28).

use serde_json::{Value, json};

use crate::protocol::lists::{CertTypeFilter, HashType, KeyAlgorithm, OwnerKind, SignFormat};
use crate::protocol::schema::{RequestTable, read_request};
use crate::protocol::tables::{
    AuthorisedUser, CertInfo, CloudSignRequest, ConsentApplyRequest, DocumentReport, FilingRequest, SealInfo,
    SealQueryRequest, StateRequest, UkeySignRequest,
};
use crate::protocol::wire::Params;
use crate::protocol::{ApiError, Personal};
use crate::util::read;

const SEAL: &str = "E11101080A0101000000001F";
const CREDIT: &str = "91110000802100433B";
const ID: &str = "11010519491231002X";

fn with_head(mut fields: Value, changes: Value) -> Params {
    let head = json!({"version":"1.0","appId":"A1","time":"1767225600000","nonce":1,"sign":"x"});
    for part in [head, changes] {
        for (key, value) in part.as_object().unwrap() {
            fields[key] = value.clone();
        }
    }
    read(&fields.to_string()).unwrap()
}

/// The failing fields with their codes.
fn faults<R: RequestTable>(params: &Params) -> Vec<(String, String)> {
    let error: Option<ApiError> = read_request::<R>(params).err();
    error.iter().flat_map(ApiError::errors).map(|e| (e.field.clone(), e.code.to_string())).collect()
}

#[track_caller]
fn fails<R: RequestTable>(params: &Params, expected: &[(&str, &str)]) {
    let found = faults::<R>(params);
    let found: Vec<(&str, &str)> = found.iter().map(|(f, c)| (f.as_str(), c.as_str())).collect();
    assert_eq!(found, expected);
}

fn filing(changes: Value) -> Params {
    let fields = json!({"name":"合同专用章","sealType":"04","possessor":"示例公司","possessorCertNo":CREDIT,
        "possessorType":1,"bizType":1,"certType":2});
    with_head(fields, changes)
}

#[test]
fn everything_missing_is_said_at_once_in_the_tables_order() {
    let names = [
        "version",
        "appId",
        "time",
        "nonce",
        "sign",
        "name",
        "sealType",
        "possessor",
        "possessorCertNo",
        "possessorType",
        "bizType",
        "certType",
    ];
    let expected: Vec<(&str, &str)> = names.iter().map(|name| (*name, "20001")).collect();
    fails::<FilingRequest>(&read("{}").unwrap(), &expected);
}

#[test]
fn the_common_parameters() {
    fails::<FilingRequest>(&filing(json!({})), &[]);
    fails::<FilingRequest>(&filing(json!({"version":"2.0"})), &[("version", "10002")]);
    fails::<FilingRequest>(&filing(json!({"version":1})), &[("version", "20002")]);
    fails::<FilingRequest>(&filing(json!({"time":1_767_225_600_000_i64})), &[("time", "20002")]);
    for nonce in [json!(-1), json!(100_000_000), json!("01"), json!("x")] {
        fails::<FilingRequest>(&filing(json!({"nonce":nonce})), &[("nonce", "20002")]);
    }
    fails::<FilingRequest>(&filing(json!({"nonce":"99999999"})), &[]);
    fails::<FilingRequest>(&filing(json!({"sign":""})), &[("sign", "20001")]);
    fails::<FilingRequest>(&filing(json!({"somethingElse":"x"})), &[]);
}

#[test]
fn filing_rules() {
    fails::<FilingRequest>(&filing(json!({"sealType":"0"})), &[("sealType", "20003")]);
    fails::<FilingRequest>(&filing(json!({"sealType":"09"})), &[("sealType", "20003")]);
    fails::<FilingRequest>(&filing(json!({"sealType":4})), &[("sealType", "20002")]);
    fails::<FilingRequest>(&filing(json!({"possessorType":"1"})), &[("possessorType", "20002")]);
    fails::<FilingRequest>(&filing(json!({"bizType":4})), &[("bizType", "20003")]);
    for biz in [2, 3] {
        fails::<FilingRequest>(&filing(json!({"bizType":biz})), &[("sealCode", "20001")]);
        fails::<FilingRequest>(&filing(json!({"bizType":biz,"sealCode":SEAL})), &[]);
    }
    fails::<FilingRequest>(&filing(json!({"sealCode":"E11101080A0101000000001G"})), &[("sealCode", "30002")]);
    fails::<FilingRequest>(&filing(json!({"sealCode":"x".repeat(500)})), &[("sealCode", "30002")]);
    fails::<FilingRequest>(&filing(json!({"certType":1})), &[("UKeyId", "20001")]);
    fails::<FilingRequest>(&filing(json!({"certType":1,"certNumber":"0A"})), &[]);
    fails::<FilingRequest>(&filing(json!({"certType":1,"UKeyId":"U1"})), &[]);
    let times = json!({"validStart":"2026-01-02 00:00:00","validEnd":"2026-01-02 00:00:00"});
    fails::<FilingRequest>(&filing(times), &[("validEnd", "20004")]);
    fails::<FilingRequest>(
        &filing(json!({"possessorCertNo":"91110000802100433C"})),
        &[("possessorCertNo", "20005")],
    );
    fails::<FilingRequest>(&filing(json!({"name":"x".repeat(129)})), &[("name", "20002")]);
}

#[test]
fn owners_have_seals_of_their_kind() {
    fails::<FilingRequest>(&filing(json!({"possessorType":2})), &[("possessorType", "20004")]);
    fails::<FilingRequest>(&filing(json!({"sealType":"07"})), &[("possessorType", "20004")]);
    let person = json!({"sealType":"07","possessorType":2,"possessorCertNo":ID});
    fails::<FilingRequest>(&filing(person), &[]);
    let wrong = json!({"sealType":"08","possessorType":2,"possessorCertNo":"110105194912310021"});
    fails::<FilingRequest>(&filing(wrong), &[("possessorCertNo", "20005")]);
}

#[test]
fn states() {
    let state = |state: Value| with_head(json!({"sealCode":SEAL}), json!({"state":state}));
    for good in [1, 3, 4] {
        fails::<StateRequest>(&state(json!(good)), &[]);
    }
    for bad in [json!(2), json!(0)] {
        fails::<StateRequest>(&state(bad), &[("state", "20003")]);
    }
}

#[test]
fn query_rules() {
    let query = |changes: Value| with_head(json!({"orgCode":CREDIT,"sealType":"0"}), changes);
    fails::<SealQueryRequest>(&query(json!({})), &[]);
    fails::<SealQueryRequest>(&query(json!({"orgCode":"80210043-3"})), &[]);
    fails::<SealQueryRequest>(&query(json!({"orgCode":"802100434"})), &[("orgCode", "20005")]);
    fails::<SealQueryRequest>(&query(json!({"deviceId":"D1"})), &[("idCard", "20004")]);
    fails::<SealQueryRequest>(&query(json!({"deviceId":"D1","idCard":ID})), &[]);
    fails::<SealQueryRequest>(&query(json!({"sealType":"07"})), &[("idCard", "20004")]);
    fails::<SealQueryRequest>(&query(json!({"sealType":"08","idCard":ID})), &[]);
    let (_, request) = read_request::<SealQueryRequest>(&query(json!({}))).unwrap();
    assert_eq!(request.cert_type(), CertTypeFilter::All);
}

#[test]
fn signing_rules() {
    let digest = "ZsfwYtKyzIdNC0u5xbWLn0AOhLkfwL3aqAL8zf7LjOA=";
    let fields = || {
        json!({"sealCode":SEAL,"authId":"a","authCode":"b","type":"P7","docHash":digest,"credentNo":ID,"signId":"s",
            "hashType":4})
    };
    let sign = |changes: Value| with_head(fields(), changes);
    fails::<CloudSignRequest>(&sign(json!({})), &[]);
    fails::<CloudSignRequest>(&sign(json!({"type":"p1","docHash":"TQ=="})), &[]);
    fails::<CloudSignRequest>(&sign(json!({"docHash":"TQ=="})), &[("docHash", "20002")]);
    fails::<CloudSignRequest>(&sign(json!({"type":"P8"})), &[("type", "20003")]);
    for weak in [1, 2] {
        fails::<CloudSignRequest>(&sign(json!({"hashType":weak})), &[("hashType", "20011")]);
    }
    fails::<CloudSignRequest>(&sign(json!({"hashType":3})), &[]);
    fails::<CloudSignRequest>(&sign(json!({"hashType":5})), &[("hashType", "20003")]);

    // What a consent was given for is what may be signed.
    let (_, p7) = read_request::<CloudSignRequest>(&sign(json!({}))).unwrap();
    assert_eq!(p7.digest(), p7.doc_hash.bytes());
    let (_, p1) = read_request::<CloudSignRequest>(&sign(json!({"type":"P1"}))).unwrap();
    assert_eq!(p1.doc_hash.bytes().len(), 32, "32 bytes are the message all the same");
    assert_eq!(p1.digest(), crypto::sm3::digest(p1.doc_hash.bytes()));
}

#[test]
fn the_ukey_needs_no_time_and_takes_sm3_and_p1_when_not_told() {
    let short = read(r#"{"version":"1.0","appId":"A1","signId":"s","sign":"x"}"#).unwrap();
    let (head, request) = read_request::<UkeySignRequest>(&short).unwrap();
    assert_eq!((head.time, head.nonce), (None, None));
    assert_eq!((request.hash_type(), request.sign_format()), (HashType::Sm3, SignFormat::P1));
    let timed = with_head(json!({"signId":"s","signFormat":2,"docHash":"TQ=="}), json!({}));
    fails::<UkeySignRequest>(&timed, &[("docHash", "20002")]);
}

#[test]
fn consent_rules() {
    let digest = "ZsfwYtKyzIdNC0u5xbWLn0AOhLkfwL3aqAL8zf7LjOA=";
    let apply = |changes: Value| with_head(json!({"mobile":"13800001234","sealCode":SEAL}), changes);
    fails::<ConsentApplyRequest>(&apply(json!({})), &[]);
    fails::<ConsentApplyRequest>(&apply(json!({"hashType":4})), &[("hashType", "20004")]);
    fails::<ConsentApplyRequest>(&apply(json!({"hashType":4,"docHash":digest})), &[]);
    fails::<ConsentApplyRequest>(&apply(json!({"docHash":"TQ=="})), &[("docHash", "20002")]);
    fails::<ConsentApplyRequest>(&apply(json!({"hashType":1,"docHash":digest})), &[("hashType", "20011")]);
    let two = format!("{digest},{}", "AQ".repeat(21) + "E=");
    fails::<ConsentApplyRequest>(&apply(json!({"hashType":4,"docHashes":two})), &[]);
    fails::<ConsentApplyRequest>(&apply(json!({"docHashes":two,"docNames":"一.ofd/二.pdf"})), &[]);
    fails::<ConsentApplyRequest>(
        &apply(json!({"docHashes":two,"docNames":"一.ofd"})),
        &[("docNames", "20004")],
    );
    fails::<ConsentApplyRequest>(&apply(json!({"docNames":"一.ofd"})), &[("docNames", "20004")]);
    let twice = format!("{digest},{digest}");
    fails::<ConsentApplyRequest>(&apply(json!({"docHashes":twice})), &[("docHashes", "20002")]);
    fails::<ConsentApplyRequest>(
        &apply(json!({"docHashes":two,"docHash":digest,"signId":"6ba7b8109dad11d180b400c04fd430c8"})),
        &[("docHash", "20004"), ("signId", "20004")],
    );
    fails::<ConsentApplyRequest>(
        &apply(json!({"redirectUrl":"http://example.cn"})),
        &[("redirectUrl", "20002")],
    );
    fails::<ConsentApplyRequest>(&apply(json!({"mobile":"23800001234"})), &[("mobile", "20002")]);
    let short = json!({"orgCode":"802100433"});
    fails::<ConsentApplyRequest>(&apply(short), &[("orgCode", "20002")]);
}

fn seal() -> Value {
    json!({"signId":"6ba7b8109dad11d180b400c04fd430c8","sealType":"01","sealRelateType":"1","sealCode":SEAL,
        "sealName":"公章","moulageData":"TQ==","width":40,"height":40,"dpiX":472,"dpiY":472,"sealData":"TQ==",
        "sealInvalidTime":"2030-01-01 00:00:00","certType":2,"platName":"B","algorithm":"2",
        "certList":[{"algorithm":2,"certCode":"0A","invalidTime":"2030-01-01 00:00:00","signPublicKey":"TQ==",
            "subjectCn":"公司"}],
        "state":1,"userList":[{"userName":"张三","mobilePhone":"13800001234"}]})
}

#[test]
fn each_table_keeps_its_own_types() {
    let info: SealInfo = serde_json::from_value(seal()).unwrap();
    assert_eq!((info.algorithm, info.cert_list[0].algorithm), (KeyAlgorithm::Sm2, KeyAlgorithm::Sm2));
    assert_eq!(info.seal_relate_type, OwnerKind::Organisation);
    assert_eq!(serde_json::to_value(&info).unwrap(), seal());

    let mut lenient = seal();
    lenient["algorithm"] = json!(2);
    lenient["certList"][0]["algorithm"] = json!("2");
    lenient["sealRelateType"] = json!(1);
    let read: SealInfo = serde_json::from_value(lenient).unwrap();
    assert_eq!(read, info);
    let _: CertInfo = info.cert_list[0].clone();
}

#[test]
fn persons_in_answers_do_not_print_and_can_be_masked() {
    let user = AuthorisedUser {
        user_name: Personal::new("欧阳修".into()),
        mobile_phone: Personal::new("13800001234".into()),
    };
    assert!(!format!("{user:?}").contains("欧阳"));
    let masked = serde_json::to_value(user.masked()).unwrap();
    assert_eq!(masked, json!({"userName":"欧阳*","mobilePhone":"138****1234"}));
}

#[test]
fn a_request_prints_without_persons() {
    let person = json!({"sealType":"07","possessorType":2,"possessorCertNo":ID,"possessor":"张三丰"});
    let (_, request) = read_request::<FilingRequest>(&filing(person)).unwrap();
    let text = format!("{request:?}");
    assert!(!text.contains("三丰") && !text.contains("19491231"), "{text}");
}

#[test]
fn a_document_without_signatures_has_an_answer() {
    let report = json!({"fileName":"a.ofd","fileSize":3,"signCount":0,"verifyResult":false,"details":[],
        "indication":"indeterminate","hint":"no signature"});
    let read: DocumentReport = serde_json::from_value(report.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), report);
}

#[test]
fn requests_are_written_as_they_are_read() {
    let params = filing(json!({"code":"A-1","sealCode":SEAL,"UKeyId":"U","certNumber":"0A","validStart":
        "2026-01-01 00:00:00","validEnd":"2027-01-01 00:00:00","sealData":"TQ==","certData":"TQ=="}));
    let (head, request) = read_request::<FilingRequest>(&params).unwrap();
    let mut written = Params::new();
    request.write(&mut written);
    crate::protocol::Head::write(&head.app_id, head.time, head.nonce, &mut written);
    written.insert("sign", crate::protocol::ParamValue::Text(head.sign)).unwrap();
    assert!(written == params);
}
