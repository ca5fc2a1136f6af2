//! Findings about one signature: its description, its value, its signer.

use super::rules;

rules! {
    /// The description of the signature can be read.
    SIGNATURE_DESCRIPTION "signature.description" SignatureFormat
    [(10, "GB/T 33190-2016 18.2")]
    ("签名描述文件可解析", "the description of the signature can be read") {
        Good: "签名描述文件可解析", "the description of the signature can be read";
        Unknown: "签名描述文件超出处理上限", "the description of the signature exceeds a limit of processing";
        Bad: "签名描述文件缺失或无法解析", "the description of the signature is missing or cannot be read";
    }
    /// The value of the signature can be read.
    SIGNATURE_FORMAT "signature.format" SignatureFormat
    [(10, "GB/T 38540-2020 7.3 a1"), (10, "GM/T 0031-2014 6.2.3 a"), (10, "GM/T 0099-2020 7.2.2")]
    ("签章（签名）数据格式", "format of the signature value") {
        Good: "签章数据格式正确", "the signature value has the form it should have";
        Bad: "签章数据格式不符合标准，无法解析", "the signature value does not have the form it should have";
    }
    /// Departures of the value from the letter of the standard.
    SIGNATURE_DEVIATION "signature.deviation" SignatureFormat
    [(10, "GB/T 38540-2020 7.1"), (10, "GM/T 0031-2014 6.2.1"), (10, "GB/T 35275-2017 8")]
    ("签章数据与标准文本的偏差", "departures of the signature value from the letter of the standard") {
        Note: "签章数据与标准文本有偏差，已容忍", "the signature value departs from the standard; tolerated";
        Bad: "签章数据与标准文本有偏差（严格模式）", "the signature value departs from the standard (strict profile)";
    }
    /// An extension of the signed part that must be understood.
    SIGNATURE_EXTENSION "signature.extension" SignatureFormat
    [(10, "GB/T 38540-2020 7.1.3"), (10, ""), (10, "")]
    ("签章扩展", "extensions of the signed part") {
        Note: "待签名数据含有无法识别的关键扩展", "the signed part has a critical extension that is not understood";
        Unknown: "待签名数据含有无法识别的关键扩展（严格模式）", "the signed part has a critical extension that is not understood (strict profile)";
    }
    /// The type that the list names is not that of the value.
    SIGNATURE_KIND "signature.kind" SignatureFormat
    [(10, "GB/T 33190-2016 18.1")]
    ("签名列表所述类型是 Seal 或 Sign 之一，且与签名值相符", "the type in the list of signatures is Seal or Sign, and that of the value") {
        Unknown: "签名列表所述类型不是 Seal 或 Sign，或与签名值不符，不同软件会按不同规则验证和显示", "the type in the list is neither Seal nor Sign, or not that of the value: readers judge and show it by different rules";
        Bad: "签名列表所述类型不是 Seal 或 Sign，或与签名值不符（严格模式）", "the type in the list is neither Seal nor Sign, or not that of the value (strict profile)";
    }
    /// The algorithm of the signature value.
    SIGNATURE_ALGORITHM "signature.algorithm" SignatureFormat
    [(10, "GB/T 38540-2020 7.1.4"), (10, "GM/T 0031-2014 6.2.1"), (10, "GB/T 35275-2017 8")]
    ("签名算法是允许的算法", "the signature algorithm is one that is allowed") {
        Good: "签名算法符合要求", "the signature algorithm is allowed";
        Unknown: "签名算法不受支持，无法验证", "the signature algorithm is not supported, so that the signature cannot be verified";
        Bad: "签名算法标识不是允许的签名算法", "the signature algorithm is not one that is allowed";
    }
    /// The algorithm the description names.
    SIGNATURE_METHOD "signature.method" SignatureFormat
    [(10, "GB/T 33190-2016 18.2.1")]
    ("签名描述中的签名方法与签名值一致", "the method in the description agrees with the signature value") {
        Good: "签名方法与签名值一致", "the method agrees with the signature value";
        Note: "签名描述中没有可识别的签名方法", "the description names no signature method that is known";
        Bad: "签名描述中的签名方法与签名值的算法不一致", "the method in the description is not the algorithm of the signature value";
    }
    /// The digest method of the references.
    REFERENCES_METHOD "signature.references.method" DocumentIntegrity
    [(70, "GB/T 33190-2016 18.2.2")]
    ("原文杂凑方法不弱于 SM3", "the digest method of the references is not weaker than SM3") {
        Good: "原文杂凑方法为 SM3", "the digest method is SM3";
        Note: "原文杂凑方法不是 SM3，但强度相当", "the digest method is not SM3, but as strong";
        Bad: "原文杂凑方法弱于 SM3 或不可用", "the digest method is weaker than SM3, or not usable";
    }
    /// The digests of the covered files.
    REFERENCES "signature.references" DocumentIntegrity
    [(71, "GB/T 33190-2016 18.2.2")]
    ("受保护文件的杂凑值", "digests of the covered files") {
        Good: "受保护文件均未改动", "every covered file is unchanged";
        Unknown: "受保护文件无法读取，或未提交其杂凑值，无法比对", "a covered file cannot be unpacked, or its digest was not handed over, so it cannot be compared";
        Bad: "受保护文件已被改动或缺失", "a covered file was changed or is missing";
    }
    /// A covered list of signatures was changed.
    LOCK "signature.lock" ChangesAfter
    [(71, "GB/T 33190-2016 18.1")]
    ("锁定之后没有增删签名", "no signature was added or removed after the lock") {
        Good: "本签名锁定了签名列表，锁定后未改动", "this signature locks the list of signatures, which is unchanged";
        Unknown: "本签名所保护的一份签名列表未被文档采用：签名可能被增删", "this signature covers a list of signatures that the document does not use: signatures may have been added or removed";
        Bad: "本签名已锁定文档，其后签名列表又被改动或换成另一份", "this signature locked the document, and the list of signatures was changed or exchanged afterwards";
    }
    /// The digest of the description inside the signed part.
    DATA_HASH "signature.data-hash" DocumentIntegrity
    [(70, "GB/T 38540-2020 7.3 g"), (50, "GM/T 0031-2014 6.2.3 e"), (70, "GM/T 0099-2020 7.2.2")]
    ("原文杂凑值", "digest of what was signed") {
        Good: "原文杂凑值一致", "the digest of what was signed agrees";
        Bad: "原文杂凑值不一致：所签的内容（OFD 中为签名描述文件，含盖章位置）被改动", "the digest does not agree: what was signed (in OFD the description of the signature, seal position included) was changed";
        Unknown: "原文杂凑值无法比对", "the digest of what was signed cannot be compared";
    }
    /// The protected range that the signed part names.
    PROPERTY_INFO "signature.property-info" DocumentIntegrity
    [(70, "GB/T 38540-2020 7.1.3"), (50, "GM/T 0031-2014 6.2.1"), (70, "")]
    ("原文属性信息指明本签名的保护范围", "the property information names the range of this signature") {
        Note: "原文属性信息不是本签名描述文件的路径", "the property information is not the path of this signature's description";
        Bad: "原文属性信息不是本签名描述文件的路径（严格模式）", "the property information is not the path of this signature's description (strict profile)";
    }
    /// What this signature does not cover of what is shown.
    COVERAGE "signature.coverage" ChangesAfter
    [(90, "GB/T 33190-2016 18.2.1")]
    ("本签名的保护范围", "what this signature covers") {
        Good: "本签名保护所显示的全部内容", "this signature covers everything that is shown";
        Unknown: "所显示的内容有一部分不在本签名保护之内", "part of what is shown is not covered by this signature";
    }
    /// Files that nothing refers to, and that were added after this signature.
    ADDED_FILES "signature.added-files" ChangesAfter
    [(90, "GM/T 0099-2020 7.2")]
    ("本签名之后加入的无处引用的文件", "files that nothing refers to and that were added after this signature") {
        Note: "本签名之后加入了无处引用的文件", "files that nothing refers to were added after this signature";
        Unknown: "本签名之后加入了软件按文件名识别的文件（如 Encryptions.xml），或无处引用的 OFD 文件、程序或其他文档", "files that programs look for by name (such as Encryptions.xml), or files of OFD, programs or other documents that nothing refers to, were added after this signature";
    }
    /// The pages that the seal is placed on.
    STAMPS "signature.stamps" DocumentFormat
    [(90, "GB/T 33190-2016 18.2.3")]
    ("签章外观所在页存在", "the pages that the seal stands on exist") {
        Note: "签章没有外观，不显示在任何页上", "the seal has no place on any page";
        Unknown: "签章外观所指的页不存在，或有几页同号", "the seal stands on a page that does not exist, or is one of several with its number";
    }
    /// The box of the seal and the sheet it stands on.
    STAMP_BOX "signature.stamp-box" DocumentFormat
    [(90, "GB/T 33190-2016 18.2.3")]
    ("签章外观在页面之内", "the seal lies on its page") {
        Note: "签章外观有一部分在页面之外", "a part of the seal lies outside its page";
        Unknown: "签章外观完全或几乎完全在页面之外，或位置、大小、裁剪、页面尺寸不可用，阅读者可能看不到印章", "the seal lies outside its page wholly or nearly so, or its place, size, clip or page cannot be used: readers may not see it";
    }
    /// How large the seal is shown, how much of it, and whether later seals lie over it.
    STAMP_SEEN "signature.stamp-seen" DocumentFormat
    [(90, "GB/T 33190-2016 18.2.3")]
    ("所显示的印章大小相符、完整", "the seal is shown whole and in its size") {
        Note: "所显示的大小与印章自身的不同", "the seal is shown in another size than its own";
        Unknown: "印章或所显示的大小不合常理、与印章自身的相差过大，或印章显示不全，或可能被其他印章盖住，或所占页面过大", "no seal has the size that this one has or is shown in, or it is quite another than its own; or not the whole of it is shown, or below another one; or seals take too much of the page";
    }
    /// The signature this one builds on.
    BASE "signature.base" ChangesAfter
    [(90, "GM/T 0099-2020 7.2")]
    ("所依赖的前一签名", "the signature this one builds on") {
        Good: "所依赖的前一签名有效", "the signature this one builds on is valid";
        Unknown: "所依赖的前一签名无法判定", "the signature this one builds on cannot be judged";
        Bad: "所依赖的前一签名缺失或无效", "the signature this one builds on is missing or invalid";
    }
    /// The signature value.
    SIGNATURE_VALUE "signature.value" SignatureValue
    [(20, "GB/T 38540-2020 7.3 b"), (20, "GM/T 0031-2014 6.2.3 b"), (20, "GB/T 35275-2017 8")]
    ("签名值", "signature value") {
        Good: "签名值验证通过", "the signature value is right";
        Bad: "签名值验证不通过", "the signature value is wrong";
        Unknown: "签名值无法验证", "the signature value cannot be verified";
    }
    /// The certificate that the signed attributes name.
    SIGNING_CERTIFICATE "signature.signing-certificate" SignatureValue
    [(21, "RFC 5035 5")]
    ("签名属性指明的签名证书", "the certificate that the signed attributes name") {
        Good: "签名属性指明的正是签名者证书", "the signed attributes name the signer's certificate";
        Note: "签名属性未指明签名者证书，同一密钥的其他证书可代替它", "the signed attributes name no certificate: another one of the same key could stand in its place";
        Bad: "签名属性指明的是另一张证书，或无法解析", "the signed attributes name another certificate, or cannot be read";
        Unknown: "签名属性指明证书所用的杂凑算法不受支持", "the signed attributes name the certificate by a digest that is not supported";
    }
    /// The signer's certificate is one of the seal's.
    SIGNER_IN_SEAL "signature.signer-in-seal" SignerInSeal
    [(30, "GB/T 38540-2020 7.3 c2"), (55, "GM/T 0031-2014 6.2.2 c"), (30, "")]
    ("签章人证书在印章的签章人证书列表中", "the signer's certificate is in the seal's list") {
        Good: "签章人证书在印章的证书列表中", "the signer's certificate is in the seal's list";
        Bad: "签章人证书不在印章的证书列表中", "the signer's certificate is not in the seal's list";
        Unknown: "印章的证书列表无法比对", "the seal's list of certificates cannot be compared";
    }
    /// The signing time.
    SIGNING_TIME "signature.time" SignerCertificate
    [(60, "GB/T 38540-2020 7.3 f"), (40, "GM/T 0031-2014 6.2.3 d"), (60, "GB/T 35275-2017 8")]
    ("签章时间", "signing time") {
        Note: "签章时间由签章人自述，没有时间戳证明", "the signing time is the signer's own claim: no time stamp proves it";
        Unknown: "签章时间缺失或晚于验证时间", "the signing time is missing, or later than the time of verification";
    }
    /// The time the description names.
    DECLARED_TIME "signature.declared-time" SignerCertificate
    [(60, "GB/T 33190-2016 18.2.1")]
    ("签名描述中的时间与签名值中的时间", "the time in the description and the time in the signature value") {
        Note: "签名描述中的时间与签名值中的时间不同，以后者为准", "the description and the signature value name different times: the latter counts";
    }
    /// The signer's certificate can be read.
    SIGNER_CERTIFICATE "signer.certificate" SignerCertificate
    [(50, "GB/T 38540-2020 7.3 e1"), (30, "GM/T 0031-2014 6.2.3 c"), (50, "GB/T 20518-2018 5")]
    ("签章人证书可解析", "the signer's certificate can be read") {
        Good: "签章人证书可解析", "the signer's certificate can be read";
        Bad: "签章人证书缺失或无法解析", "the signer's certificate is missing or cannot be read";
    }
    /// The chain of the signer's certificate.
    SIGNER_CHAIN "signer.chain" SignerCertificate
    [(50, "GB/T 38540-2020 7.3 e2"), (30, "GM/T 0031-2014 6.2.3 c"), (50, "GB/T 20518-2018 5")]
    ("签章人证书链", "chain of the signer's certificate") {
        Good: "签章人证书链可信", "the signer's certificate leads to a trusted root";
        Bad: "签章人证书链不可信", "the signer's certificate does not lead to a trusted root";
        Unknown: "签章人证书链无法确认", "the chain of the signer's certificate cannot be established";
    }
    /// What the signer's certificate may be used for.
    SIGNER_KEY_USAGE "signer.key-usage" SignerCertificate
    [(51, "GB/T 38540-2020 7.3 e3"), (30, "GM/T 0031-2014 6.2.3 c"), (50, "GB/T 20518-2018 5")]
    ("签章人证书密钥用途", "key usage of the signer's certificate") {
        Good: "签章人证书可用于签名", "the signer's certificate is for signing";
        Note: "签章人证书没有密钥用途扩展", "the signer's certificate says nothing of its key usage";
        Bad: "签章人证书不能用于签名", "the signer's certificate is not for signing";
    }
    /// The period of the signer's certificate.
    SIGNER_PERIOD "signer.period" SignerCertificate
    [(60, "GB/T 38540-2020 7.3 f1"), (40, "GM/T 0031-2014 6.2.3 d2"), (60, "GB/T 20518-2018 5")]
    ("签章人证书有效期（对签章时间）", "the signer's certificate was in its period when signing") {
        Good: "签章时间在签章人证书有效期内", "the signing time is within the period of the signer's certificate";
        Note: "签章时签章人证书有效，所判时间不在有效期内", "the signer's certificate was in its period when signing, and is out of it at the time judged for";
        Bad: "签章时间不在签章人证书有效期内", "the signing time is outside the period of the signer's certificate";
    }
    /// Revocation of the signer's certificate.
    SIGNER_REVOCATION "signer.revocation" SignerCertificate
    [(61, "GB/T 38540-2020 7.3 f2"), (41, "GM/T 0031-2014 6.2.3 d3"), (61, "GB/T 20518-2018 6")]
    ("签章人证书吊销状态（对签章时间）", "revocation of the signer's certificate") {
        Good: "签章人证书未被吊销", "the signer's certificate is not revoked";
        Note: "签章人证书吊销状态未影响结论", "the revocation status of the signer's certificate does not change the verdict";
        Unknown: "无法确认签章人证书的吊销状态", "the revocation status of the signer's certificate cannot be established";
        Bad: "签章时签章人证书已被吊销", "the signer's certificate was revoked before signing";
    }
    /// The purposes that the signer's certificate names.
    SIGNER_PURPOSE "signer.purpose" SignerCertificate
    [(51, "RFC 5280 4.2.1.12"), (30, "RFC 5280 4.2.1.12"), (51, "RFC 5280 4.2.1.12")]
    ("签章人证书的扩展密钥用途", "the purposes that the signer's certificate names") {
        Good: "签章人证书的扩展密钥用途不限于其他用途", "the signer's certificate is not for other purposes alone";
        Note: "签章人证书的扩展密钥用途仅为其他用途（非关键扩展）", "the signer's certificate names other purposes alone (not critically)";
        Bad: "签章人证书仅限其他用途（关键扩展），不能用于签章", "the signer's certificate is for other purposes alone (critically), and not for sealing";
    }
    /// OCSP answers about the signer's certificate and the authorities above.
    SIGNER_ANSWERS "signer.ocsp" SignerCertificate
    [(61, "RFC 6960 3.2"), (41, "RFC 6960 3.2"), (61, "RFC 6960 3.2")]
    ("签章人证书的 OCSP 应答", "OCSP answers about the signer's certificate") {
        Good: "OCSP 应答有效，已采用", "the OCSP answer is good and was used";
        Note: "有 OCSP 应答未被采用", "an OCSP answer was not used";
    }
    /// The signer's certificate at the time of verification.
    SIGNER_NOW "signer.now" SignerCertificate
    [(50, "GB/T 38540-2020 7.3 e"), (30, "GM/T 0031-2014 6.2.3 c"), (50, "GB/T 20518-2018 5")]
    ("签章人证书的当前状态", "the signer's certificate at the time of verification") {
        Good: "签章人证书目前在有效期内，未被吊销", "the signer's certificate is in its period and not revoked now";
        Note: "签章人证书目前已失效或状态未知（不影响对签章时间的结论）", "the signer's certificate has ended since, or its present status is not known (the verdict for the signing time stands)";
    }
    /// Certificate policies of the signer's certificate.
    SIGNER_POLICY "signer.policy" SignerCertificate
    [(50, "RFC 5280 6.1.5 g"), (30, "RFC 5280 6.1.5 g"), (50, "RFC 5280 6.1.5 g")]
    ("签章人证书策略", "certificate policy of the signer's certificate") {
        Good: "签章人证书具有可接受的证书策略", "the signer's certificate has an acceptable policy";
        Note: "未判断签章人证书策略", "the policy of the signer's certificate was not judged";
        Bad: "签章人证书没有可接受的证书策略", "the signer's certificate has no acceptable policy";
    }
}
