//! Findings about the seal: its form, its maker, its period, its filing.

use super::rules;

rules! {
    /// The seal can be read.
    SEAL_FORMAT "seal.format" SealSignature
    [(11, "GB/T 38540-2020 6.3 a"), (60, "GM/T 0031-2014 6.1.2 a")]
    ("印章数据格式", "format of the seal") {
        Good: "印章数据格式正确", "the seal has the form it should have";
        Bad: "印章数据格式不符合标准", "the seal does not have the form it should have";
    }
    /// Departures of the seal from the letter of the standard.
    SEAL_DEVIATION "seal.deviation" SealSignature
    [(11, "GB/T 38540-2020 6.1"), (60, "GM/T 0031-2014 6.1.1")]
    ("印章数据与标准文本的偏差", "departures of the seal from the letter of the standard") {
        Note: "印章数据与标准文本有偏差，已容忍", "the seal departs from the standard; tolerated";
        Bad: "印章数据与标准文本有偏差（严格模式）", "the seal departs from the standard (strict profile)";
    }
    /// A version whose standard is not judged by.
    SEAL_VERSION "seal.version" SealSignature
    [(11, "GB/T 38540-2020 6.1.1"), (60, "GM/T 0031-2014 6.1.1")]
    ("印章版本", "version of the seal") {
        Note: "第 5 版印章（GM/T 0031-2025）按 GB/T 38540 的规则判断，印章自带的时间戳未判断", "a seal of version 5 (GM/T 0031-2025), judged by the rules of GB/T 38540; a time stamp of its own is not judged";
    }
    /// An extension that must be understood.
    SEAL_EXTENSION "seal.extension" SealSignature
    [(11, "GB/T 38540-2020 6.1.3"), (60, "GM/T 0031-2014 6.1.1")]
    ("印章扩展", "extensions of the seal") {
        Note: "印章含有无法识别的关键扩展", "the seal has a critical extension that is not understood";
        Unknown: "印章含有无法识别的关键扩展（严格模式）", "the seal has a critical extension that is not understood (strict profile)";
    }
    /// The seal file beside the signature value.
    SEAL_FILE "seal.file" SealSignature
    [(12, "GB/T 33190-2016 18.2.1")]
    ("包内印章文件与签章数据中的印章一致", "the seal file is the seal inside the signature value") {
        Good: "印章文件与签章数据中的印章一致", "the seal file is the seal inside the signature value";
        Bad: "印章文件与签章数据中的印章不一致或缺失", "the seal file is missing, or not the seal inside the signature value";
    }
    /// The seal that a plain signature shows.
    SEAL_BESIDE "seal.beside" SealSignature
    [(12, "GB/T 33190-2016 18.2.1")]
    ("数字签名所显示的印章经过验证", "a seal that a plain signature shows is one that was judged") {
        Good: "数字签名旁的印章是印章数据，已按印章判断", "the seal beside the plain signature is one, and was judged as one";
        Unknown: "数字签名显示了没有制章者签名可核验的印章图像，任何人都可以放上任何图像", "the plain signature shows a picture as a seal that no maker's signature vouches for: anybody could put any picture there";
    }
    /// The algorithm of the maker's signature.
    SEAL_ALGORITHM "seal.algorithm" SealSignature
    [(11, "GB/T 38540-2020 6.1.4"), (60, "GM/T 0031-2014 6.1.1")]
    ("制章签名算法是允许的算法", "the maker's signature algorithm is one that is allowed") {
        Good: "制章签名算法符合要求", "the maker's signature algorithm is allowed";
        Bad: "制章签名算法标识不是允许的签名算法", "the maker's signature algorithm is not one that is allowed";
    }
    /// The maker's signature.
    MAKER_SIGNATURE "seal.maker.signature" SealSignature
    [(12, "GB/T 38540-2020 6.3 b (7.3 d1)"), (60, "GM/T 0031-2014 6.1.2 b")]
    ("制章者签名", "the maker's signature") {
        Good: "制章者签名验证通过", "the maker's signature is right";
        Bad: "制章者签名验证不通过，印章不可信", "the maker's signature is wrong: the seal cannot be trusted";
        Unknown: "制章者签名无法验证", "the maker's signature cannot be verified";
    }
    /// The maker's certificate can be read.
    MAKER_CERTIFICATE "seal.maker.certificate" SealMaker
    [(40, "GB/T 38540-2020 6.3 c"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书可解析", "the maker's certificate can be read") {
        Good: "制章者证书可解析", "the maker's certificate can be read";
        Bad: "制章者证书缺失或无法解析", "the maker's certificate is missing or cannot be read";
    }
    /// The chain of the maker's certificate.
    MAKER_CHAIN "seal.maker.chain" SealMaker
    [(40, "GB/T 38540-2020 6.3 c"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书链", "chain of the maker's certificate") {
        Good: "制章者证书链可信", "the maker's certificate leads to a trusted root";
        Bad: "制章者证书链不可信", "the maker's certificate does not lead to a trusted root";
        Unknown: "制章者证书链无法确认", "the chain of the maker's certificate cannot be established";
    }
    /// Whether the maker is one of those who may make seals.
    MAKER_LISTED "seal.maker.listed" SealMaker
    [(40, "GB/T 38540-2020 6.3 c"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者是受信任的制章者", "the maker is one who is trusted to make seals") {
        Good: "制章者是受信任的制章者", "the maker is one who is trusted to make seals";
        Note: "未指定受信任的制章者，或所指定的不成限定：可信证书之下任何证书所制的印章都被接受", "no makers were named, or none is limited by those that were: a seal made with any certificate below a trusted one was accepted";
        Unknown: "制章者不在指定的受信任制章者之列", "the maker is none of those who were named as trusted to make seals";
    }
    /// Whether the maker is somebody else than the signer.
    MAKER_APART "seal.maker.apart" SealMaker
    [(40, "GB/T 38540-2020 6.3 c"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者不是签章人", "the maker is not the one whom the seal is for") {
        Note: "制章者就是签章人或在印章的签章人之列，该证书已被指定为制章者", "the maker is the signer or one whom the seal is for; that certificate is named as a maker's";
        Unknown: "制章者就是签章人或在印章的签章人之列：印章由使用者自制", "the maker is the signer or one whom the seal is for: whoever uses the seal made it for himself";
    }
    /// What the maker's certificate may be used for.
    MAKER_KEY_USAGE "seal.maker.key-usage" SealMaker
    [(40, "GB/T 38540-2020 6.3 c"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书密钥用途", "key usage of the maker's certificate") {
        Good: "制章者证书可用于签名", "the maker's certificate is for signing";
        Note: "制章者证书没有密钥用途扩展", "the maker's certificate says nothing of its key usage";
        Bad: "制章者证书不能用于签名", "the maker's certificate is not for signing";
    }
    /// The period of the maker's certificate.
    MAKER_PERIOD "seal.maker.period" SealMaker
    [(41, "GB/T 38540-2020 6.3 c (7.3 d2)"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书有效期", "period of the maker's certificate") {
        Good: "制章者证书在有效期内", "the maker's certificate is in its period";
        Note: "制章者证书不在有效期内（仅提示）", "the maker's certificate is out of its period (a hint only)";
        Unknown: "制作印章时制章者证书不在有效期内", "the maker's certificate was out of its period when the seal was made";
        Bad: "制章者证书不在有效期内", "the maker's certificate is out of its period";
    }
    /// Revocation of the maker's certificate.
    MAKER_REVOCATION "seal.maker.revocation" SealMaker
    [(41, "GB/T 38540-2020 6.3 c (7.3 d2)"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书吊销状态", "revocation of the maker's certificate") {
        Good: "制章者证书未被吊销", "the maker's certificate is not revoked";
        Note: "制章者证书吊销状态未影响结论（仅提示）", "the revocation status of the maker's certificate does not change the verdict (a hint only)";
        Unknown: "无法确认制章者证书的吊销状态", "the revocation status of the maker's certificate cannot be established";
        Bad: "制章者证书已被吊销", "the maker's certificate was revoked";
    }
    /// The purposes that the maker's certificate names.
    MAKER_PURPOSE "seal.maker.purpose" SealMaker
    [(40, "RFC 5280 4.2.1.12"), (60, "RFC 5280 4.2.1.12")]
    ("制章者证书的扩展密钥用途", "the purposes that the maker's certificate names") {
        Good: "制章者证书的扩展密钥用途不限于其他用途", "the maker's certificate is not for other purposes alone";
        Note: "制章者证书的扩展密钥用途仅为其他用途（非关键扩展）", "the maker's certificate names other purposes alone (not critically)";
        Bad: "制章者证书仅限其他用途（关键扩展），不能用于制章", "the maker's certificate is for other purposes alone (critically), and not for making seals";
    }
    /// OCSP answers about the maker's certificate and the authorities above.
    MAKER_ANSWERS "seal.maker.ocsp" SealMaker
    [(41, "RFC 6960 3.2"), (60, "RFC 6960 3.2")]
    ("制章者证书的 OCSP 应答", "OCSP answers about the maker's certificate") {
        Good: "OCSP 应答有效，已采用", "the OCSP answer is good and was used";
        Note: "有 OCSP 应答未被采用", "an OCSP answer was not used";
    }
    /// The maker's certificate at the time of verification.
    MAKER_NOW "seal.maker.now" SealMaker
    [(41, "GB/T 38540-2020 6.3 c (7.3 d2)"), (60, "GM/T 0031-2014 6.1.2 c")]
    ("制章者证书的当前状态", "the maker's certificate at the time of verification") {
        Good: "制章者证书目前在有效期内，未被吊销", "the maker's certificate is in its period and not revoked now";
        Note: "制章者证书目前已失效或状态未知", "the maker's certificate has ended since, or its present status is not known";
    }
    /// Certificate policies of the maker's certificate.
    MAKER_POLICY "seal.maker.policy" SealMaker
    [(40, "RFC 5280 6.1.5 g"), (60, "RFC 5280 6.1.5 g")]
    ("制章者证书策略", "certificate policy of the maker's certificate") {
        Good: "制章者证书具有可接受的证书策略", "the maker's certificate has an acceptable policy";
        Note: "未判断制章者证书策略", "the policy of the maker's certificate was not judged";
        Bad: "制章者证书没有可接受的证书策略", "the maker's certificate has no acceptable policy";
    }
    /// When the seal was made.
    SEAL_CREATED "seal.created" SealPeriod
    [(42, "GB/T 38540-2020 6.1"), (61, "GM/T 0031-2014 6.1.1")]
    ("印章的制作时间不晚于用章时间", "the seal was made before it was used") {
        Good: "印章的制作时间不晚于用章时间", "the seal was made before it was used";
        Note: "印章的制作时间晚于用章时间，相差不超过时钟误差或时区标注错误", "the seal was made after it was used, by no more than clocks differ or a zone is mislabelled";
        Unknown: "印章的制作时间晚于用章时间：用章时印章尚不存在", "the seal was made after it was used: it was not there then";
    }
    /// The period of the seal.
    SEAL_PERIOD "seal.period" SealPeriod
    [(42, "GB/T 38540-2020 6.3 d (7.3 d3)"), (61, "GM/T 0031-2014 6.2.3 f")]
    ("印章有效期（对签章时间）", "the seal was in its period when signing") {
        Good: "签章时间在印章有效期内", "the signing time is within the period of the seal";
        Unknown: "自述的签章时间在印章有效期内，时间戳所证明的时间则不在", "the claimed signing time is within the period of the seal, and the time that a time stamp proves is not";
        Bad: "签章时间不在印章有效期内", "the signing time is outside the period of the seal";
    }
    /// The period of the seal at the time of verification.
    SEAL_NOW "seal.now" SealPeriod
    [(42, "GB/T 38540-2020 6.3 d"), (61, "GM/T 0031-2014 6.1.2 d")]
    ("印章有效期（对所判时间）", "the seal is in its period at the time judged for") {
        Good: "所判时间在印章有效期内", "the time judged for is within the period of the seal";
        Note: "所判时间不在印章有效期内（已签之章以签章时间为准，仅提示）", "the time judged for is outside the period of the seal (a hint only: of what was signed the signing time decides)";
        Bad: "所判时间不在印章有效期内", "the time judged for is outside the period of the seal";
    }
    /// The state of the seal in the register.
    SEAL_REGISTER "seal.register" SealRegister
    [(43, "GB/T 38540-2020 7.3 d4"), (62, "GM/T 0031-2014 6.2.3 f")]
    ("印章备案与状态（对签章时间）", "filing and state of the seal when signing") {
        Good: "签章时印章已备案且状态正常", "the seal was filed and in force when signing";
        Note: "未查询印章备案或印章未备案", "no register was asked, or the seal is not filed in it";
        Unknown: "无法确认签章时的印章状态", "the state of the seal when signing cannot be established";
        Bad: "签章时印章未处于正常状态（停用、注销或尚未备案）", "the seal was not in force when signing (disabled, revoked or not yet filed)";
    }
    /// The identity numbers of the signer's certificate and the owner of the seal in the register.
    SIGNER_IDENTITY "signer.identity" SealRegister
    [(43, "GB/T 20518-2018 5"), (62, "GB/T 20518-2018 5")]
    ("签章人证书的身份标识与备案的印章所有者一致", "the numbers in the signer's certificate are those of the seal's owner in the register") {
        Good: "签章人证书的身份标识与备案的印章所有者一致", "the numbers in the signer's certificate are those of the seal's owner";
        Note: "签章人证书的身份标识未比对", "the numbers in the signer's certificate were not compared";
        Unknown: "签章人证书的身份标识与备案的印章所有者不一致，无法确认由谁签章", "the signer's certificate names another owner than the register: who signed cannot be established";
    }
    /// The identity numbers of the maker's certificate and the organisation that runs the seal's system.
    MAKER_IDENTITY "seal.maker.identity" SealRegister
    [(43, "GB/T 20518-2018 5"), (62, "GB/T 20518-2018 5")]
    ("制章者证书的身份标识与备案系统的单位一致", "the numbers in the maker's certificate are those of the organisation of the seal's system") {
        Good: "制章者证书的身份标识与备案系统的单位一致", "the numbers in the maker's certificate are those of the organisation of the seal's system";
        Note: "制章者证书的身份标识未比对，或属于另一单位", "the numbers in the maker's certificate were not compared, or are another organisation's";
    }
}
