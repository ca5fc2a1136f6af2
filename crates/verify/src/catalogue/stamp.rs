//! Findings about the time stamp of a signature.

use super::rules;

rules! {
    /// Whether there is a time stamp.
    STAMP_PRESENT "timestamp.present" TimeStamp
    [(80, "GB/T 38540-2020 7.3 h"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳", "time stamp") {
        Good: "含有时间戳", "there is a time stamp";
        Note: "没有时间戳（可选）", "there is no time stamp (optional)";
    }
    /// The token can be read.
    STAMP_FORMAT "timestamp.format" TimeStamp
    [(80, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳格式", "format of the time stamp") {
        Good: "时间戳格式正确", "the time stamp has the form it should have";
        Unknown: "时间戳含有无法识别的关键扩展", "the time stamp has a critical extension that is not understood";
        Bad: "时间戳格式不符合标准", "the time stamp does not have the form it should have";
    }
    /// Departures of the token from the letter of the standard.
    STAMP_DEVIATION "timestamp.deviation" TimeStamp
    [(80, "GB/T 20520-2006 8")]
    ("时间戳与标准文本的偏差", "departures of the time stamp from the letter of the standard") {
        Note: "时间戳与标准文本有偏差，已容忍", "the time stamp departs from the standard; tolerated";
        Bad: "时间戳与标准文本有偏差（严格模式）", "the time stamp departs from the standard (strict profile)";
    }
    /// The token is over this signature value.
    STAMP_IMPRINT "timestamp.imprint" TimeStamp
    [(80, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳对应本签名值", "the time stamp is over this signature value") {
        Good: "时间戳对应本签名值", "the time stamp is over this signature value";
        Note: "时间戳在被签数据之内，对应原文，但先于签名，不能证明签名时间", "the time stamp stands inside what is signed and is over that: it was there before the signature, and proves no time of it";
        Unknown: "时间戳在被签数据之内，且不对应本签章的任何数据", "the time stamp stands inside what is signed and is over something that has nothing to do with this signature";
        Bad: "时间戳不对应本签名值", "the time stamp is not over this signature value";
    }
    /// The authority's signature.
    STAMP_SIGNATURE "timestamp.signature" TimeStamp
    [(80, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳签名", "signature of the time stamp") {
        Good: "时间戳签名验证通过", "the signature of the time stamp is right";
        Bad: "时间戳签名验证不通过", "the signature of the time stamp is wrong";
        Unknown: "时间戳签名无法验证", "the signature of the time stamp cannot be verified";
    }
    /// The chain of the authority's certificate.
    STAMP_CHAIN "timestamp.chain" TimeStamp
    [(81, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳服务证书链", "chain of the time-stamp authority's certificate") {
        Good: "时间戳服务证书链可信", "the authority's certificate leads to a trusted root";
        Bad: "时间戳服务证书链不可信", "the authority's certificate does not lead to a trusted root";
        Unknown: "时间戳服务证书链无法确认", "the chain of the authority's certificate cannot be established";
    }
    /// What the authority's certificate may be used for.
    STAMP_KEY_USAGE "timestamp.key-usage" TimeStamp
    [(81, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳服务证书用途", "the authority's certificate is for time stamping") {
        Good: "时间戳服务证书用途正确", "the authority's certificate is for time stamping";
        Note: "时间戳服务证书用途扩展不是关键扩展", "the authority's certificate is for time stamping, but does not say so critically";
        Bad: "时间戳服务证书不能用于时间戳", "the authority's certificate is not for time stamping";
    }
    /// The period of the authority's certificate.
    STAMP_PERIOD "timestamp.period" TimeStamp
    [(82, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳服务证书有效期", "period of the time-stamp authority's certificate") {
        Good: "时间戳时间在服务证书有效期内", "the stamped time is within the period of the authority's certificate";
        Bad: "时间戳时间不在服务证书有效期内", "the stamped time is outside the period of the authority's certificate";
    }
    /// Revocation of the authority's certificate.
    STAMP_REVOCATION "timestamp.revocation" TimeStamp
    [(82, "GB/T 38540-2020 7.3 h1"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("时间戳服务证书吊销状态", "revocation of the time-stamp authority's certificate") {
        Good: "时间戳服务证书未被吊销", "the authority's certificate is not revoked";
        Note: "时间戳服务证书吊销状态未影响结论", "the revocation status of the authority's certificate does not change the verdict";
        Unknown: "无法确认时间戳服务证书的吊销状态", "the revocation status of the authority's certificate cannot be established";
        Bad: "时间戳服务证书已被吊销", "the authority's certificate was revoked";
    }
    /// The signing time is not later than the stamped time.
    STAMP_ORDER "timestamp.order" TimeStamp
    [(83, "GB/T 38540-2020 7.3 h3"), (40, "GM/T 0031-2014 6.2.1"), (80, "GB/T 20520-2006 8")]
    ("签章时间不晚于时间戳时间", "the signing time is not later than the stamped time") {
        Good: "签章时间不晚于时间戳时间", "the signing time is not later than the stamped time";
        Note: "签章时间晚于时间戳时间，相差在时钟误差之内", "the signing time is later than the stamped time, by no more than clocks differ";
        Unknown: "时间戳时间晚于验证时间", "the stamped time is later than the time of verification";
        Bad: "签章时间晚于时间戳时间", "the signing time is later than the stamped time";
    }
    /// The signer's certificate at the stamped time.
    STAMP_SIGNER "timestamp.signer" TimeStamp
    [(84, "GB/T 38540-2020 7.3 h2"), (40, "GM/T 0031-2014 6.2.3 d"), (80, "GB/T 20520-2006 8")]
    ("时间戳时间签章人证书有效", "the signer's certificate was good at the stamped time") {
        Good: "时间戳时间签章人证书有效", "the signer's certificate was good at the stamped time";
        Bad: "时间戳时间签章人证书不在有效期内或已吊销", "the signer's certificate was out of its period or revoked at the stamped time";
    }
}
