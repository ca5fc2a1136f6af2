//! Departures from the letter of a format, told as findings: named one by one, never passed over.

use formats::asn1::{Deviation, DeviationKind};

use crate::catalogue::Rule;
use crate::finding::Findings;
use crate::options::Profile;
use crate::text::Detail;
use crate::verdict::Status;

/// What a departure is worth under a profile.
pub(crate) fn worth(profile: Profile) -> Status {
    if profile == Profile::Strict { Status::Bad } else { Status::Note }
}

/// One finding for each kind of departure, with the number of places.
pub(crate) fn report(
    rule: &'static Rule,
    kinds: &[DeviationKind],
    profile: Profile,
    findings: &mut Findings,
) {
    let mut seen: Vec<(DeviationKind, usize)> = Vec::new();
    for kind in kinds {
        match seen.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => seen.push((*kind, 1)),
        }
    }
    for (kind, count) in seen {
        let (zh, en) = (chinese(kind).unwrap_or(kind.text()), kind.text());
        let detail = if count == 1 {
            Detail::new(format!("{zh}（{}）", kind.code()), format!("{en} ({})", kind.code()))
        } else {
            Detail::new(
                format!("{zh}（{}，{count} 处）", kind.code()),
                format!("{en} ({}, {count} places)", kind.code()),
            )
        };
        findings.add_with(rule, worth(profile), detail);
    }
}

/// The kinds in a list of deviations.
pub(crate) fn kinds(deviations: &[Deviation]) -> impl Iterator<Item = DeviationKind> {
    deviations.iter().map(|deviation| deviation.kind)
}

/// The Chinese text of a kind; a test sees to it that every kind has one.
fn chinese(kind: DeviationKind) -> Option<&'static str> {
    TEXTS.iter().find(|(code, _)| *code == kind.code()).map(|(_, text)| *text)
}

/// By code, since the list of kinds may grow before this one does.
const TEXTS: &[(&str, &str)] = &[
    ("ber.indefinite_length", "使用了不定长编码（BER）"),
    ("ber.non_minimal_length", "长度编码不是最短形式（BER）"),
    ("ber.constructed_string", "字符串分段编码（BER）"),
    ("ber.non_minimal_integer", "整数编码不是最短形式"),
    ("ber.boolean", "布尔真值不是 FF（BER）"),
    ("ber.unused_bits_set", "位串的未用位不为零"),
    ("ber.default_encoded", "编码了默认值"),
    ("ber.set_not_sorted", "SET OF 元素未按 DER 排序"),
    ("trailing_bytes", "结构之后有多余字节"),
    ("bits.unused", "按字节的位串带有未用位"),
    ("bits.trimmed", "位串末尾的零字节被截去"),
    ("time.no_zone", "时间没有时区，按北京时间理解"),
    ("time.offset", "时间带偏移量而非 Z"),
    ("time.fraction", "时间带秒的小数"),
    ("time.no_seconds", "时间没有秒"),
    ("time.two_digit_year", "GeneralizedTime 使用两位年份"),
    ("time.type", "时间类型与标准不符"),
    ("time.text", "时间以普通文本书写"),
    ("string.type", "字符串类型与标准不符"),
    ("string.not_ascii", "字符串含其类型不允许的字符"),
    ("string.gbk", "应为 UTF-8 的文本使用了 GBK"),
    ("string.undecodable", "文本编码无法识别"),
    ("signature.der_form", "以 BER 存储而对 DER 形式签名"),
    ("signature.der_order", "属性未排序存储而对排序后的属性签名"),
    ("signature.negative", "r 或 s 缺少符号字节，读作负数"),
    ("signature.raw", "签名值为裸 64 字节而非 SEQUENCE{r,s}"),
    ("cms.bare_signature", "裸签名值，不是 SignedData"),
    ("oid.key_as_signature", "签名算法写成了密钥算法标识"),
    ("oid.misspelt_signature", "签名算法标识少写一节（1.2.156.10197.501）"),
    ("oid.keyed_digest", "杂凑算法写成了带密钥的 SM3"),
    ("cms.foreign_oid", "使用 RFC 5652 的内容类型而非 GB/T 35275"),
    ("cms.version", "版本号与结构不符"),
    ("cms.base64_digest", "内容为 Base64 文本形式的杂凑值"),
    ("cms.content_type", "签名属性中的内容类型与内容的类型不同"),
    ("cms.digest_algorithms", "digestAlgorithms 中没有签名者所用的杂凑算法"),
    ("cms.ski", "以密钥标识指明签名者，GB/T 35275 无此形式"),
    ("ses.version", "版本号与结构不符"),
    ("ses.signature_version", "签章版本与印章版本不同"),
    ("ses.signature_structure", "签章含有印章所依标准之外的字段"),
    ("ses.header_id", "头标识不是 ES"),
    ("ses.cert_list_type", "证书列表类型不是 1 或 2，或与内容不符"),
    ("ses.cert_list_text", "证书列表中是文本而非证书"),
    ("ses.wrapped", "结构被包在字符串中"),
    ("ses.ext_datas_tag", "扩展数据的标签与标准不符"),
    ("ses.time_stamp_tag", "时间戳的标签与标准不符"),
    ("ses.octets_for_bits", "应为位串处使用了字节串"),
    ("ses.bare_certificate", "证书未放在字节串中"),
    ("ses.algorithm_for_oid", "应为算法标识符处使用了带参数的算法"),
    ("ses.picture_type", "图片内容与所标类型不符"),
    ("x509.empty_extensions", "扩展列表为空"),
    ("x509.serial", "证书序列号不是正数或过长"),
    ("x509.doubled_octet_string", "扩展值多包了一层字节串"),
    ("tsp.version", "时间戳版本号不是 1"),
    ("algorithm.parameters", "算法带有不应有的参数"),
    ("cms.content_type_missing", "签名属性中没有内容类型"),
    ("cms.digest_not_hashed", "内容为杂凑值，消息摘要属性即该值而非其杂凑值"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_chinese_text() {
        let missing: Vec<&str> = DeviationKind::ALL
            .iter()
            .filter(|kind| chinese(**kind).is_none())
            .map(|kind| kind.code())
            .collect();
        assert!(missing.is_empty(), "no Chinese text for {missing:?}");
    }
}
