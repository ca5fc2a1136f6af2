//! Findings about PDF (ISO 32000): the byte layer, revisions, what came after a signature, and how a seal is shown.

use super::rules;

rules! {
    /// The cross-reference data leads to all that is in the file.
    PDF_STRUCTURE "pdf.structure" DocumentFormat [(1, "ISO 32000-1 7.5.4")]
    ("PDF 交叉引用数据可用", "the cross-reference data of the PDF can be used") {
        Good: "交叉引用数据可用", "the cross-reference data can be used";
        Unknown: "交叉引用数据或对象损坏、有歧义：阅读器会自行修复，所显示的内容可能各不相同", "cross-reference data or an object is damaged or ambiguous: readers repair it, each in its own way, and may show different content";
    }
    /// Two ways of opening the file lead to the same document.
    PDF_REBUILT "pdf.rebuilt" DocumentFormat [(1, "ISO 32000-1 7.5.4")]
    ("按交叉引用打开与按扫描重建打开内容一致", "opened by its cross-reference data and opened by looking for objects, it is the same document") {
        Good: "两种打开方式内容一致", "both ways of opening it give the same document";
        Unknown: "两种打开方式内容不一致：修复式阅读器会显示另一份内容", "the two ways of opening it give different documents: a reader that repairs shows other content";
    }
    /// Every reader finds the same pages.
    PDF_PAGES "pdf.pages" DocumentFormat [(1, "ISO 32000-1 7.7.3")]
    ("页面树前后一致", "the tree of pages does not contradict itself") {
        Unknown: "页面树自相矛盾：按页数、按上级或按下级查找页面的阅读器所显示的内容可能各不相同", "the tree of pages contradicts itself: readers that count pages, look upwards or look downwards may show different content";
    }
    /// The file can be opened without a password, or is encrypted.
    PDF_ENCRYPTION "pdf.encryption" DocumentFormat [(1, "ISO 32000-1 7.6")]
    ("PDF 未加密，或可用空口令打开", "the PDF is not encrypted, or opens with the empty password") {
        Note: "文件已加密，可用空口令打开", "the file is encrypted and opens with the empty password";
        Unknown: "文件需要口令：签名可验证，所显示的内容无法检查", "a password is needed: its signatures can be verified, what it shows cannot be looked at";
    }
    /// A signature that stands inside an attached file, or that grants usage rights.
    PDF_EMBEDDED "pdf.embedded-signatures" DocumentFormat [(1, "ISO 32000-1 7.11.4")]
    ("附件内的签名", "signatures inside attached data") {
        Note: "附带数据或阅读器使用权限（UR3）中另有签名，不是对本文档的签名，未判断", "attached data or usage rights of a reader (UR3) hold signatures of their own, which do not sign this document and are not judged";
    }
    /// Pages that nothing leads to: material for a later switch.
    PDF_UNUSED "pdf.unused-pages" ChangesAfter [(90, "ISO 32000-1 7.7.3")]
    ("没有未使用的页面对象", "no page object lies about unused") {
        Note: "文件中有未被页面树引用的页面对象，日后可能被换上", "page objects lie in the file that the page tree does not use: they could be switched in later";
    }
    /// The signature is a field of the document as it is now.
    SIGNATURE_REACHED "signature.reached" ChangesAfter [(90, "ISO 32000-1 12.7.4.5")]
    ("签名仍在文档的签名域中", "the signature is in a field of the document as it is now") {
        Good: "签名在文档的签名域中", "the signature is in a field of the document";
        Bad: "签名已不在文档的签名域中：被移除、替换或隐藏", "no field of the document holds the signature any longer: it was removed, replaced or hidden";
    }
    /// Form of `ByteRange`.
    BYTE_RANGE "signature.byte-range" DocumentIntegrity [(9, "ISO 32000-1 12.8.1")]
    ("签名字节范围（ByteRange）", "the bytes that are signed (ByteRange)") {
        Good: "签名字节范围格式正确", "the ranges of bytes have the form they should have";
        Bad: "签名字节范围缺失或不符合要求", "the ranges of bytes are missing or not as they should be";
    }
    /// The one gap is the value itself.
    SIGNATURE_GAP "signature.gap" DocumentIntegrity [(9, "ISO 32000-1 12.8.1")]
    ("未签名的空隙恰为签名值", "the gap in what is signed is the signature value and nothing else") {
        Good: "空隙恰为本签名的 Contents", "the gap is exactly the Contents of this signature";
        Bad: "空隙不是本签名的 Contents：其中的字节可任意改动", "the gap is not exactly the Contents of this signature: anybody can change what stands there";
    }
    /// What is signed is a whole revision.
    SIGNATURE_REVISION "signature.revision" DocumentIntegrity [(72, "ISO 32000-1 7.5.6")]
    ("所签内容是一个完整的修订版", "what is signed is a whole revision of the file") {
        Good: "所签内容是完整的修订版", "what is signed is a whole revision";
        Unknown: "所签修订版无法解析，或其对象在所签字节之内不完整", "the revision that is signed cannot be read, or is not whole within the signed bytes";
        Bad: "签名范围的末尾不是修订版的末尾，或该修订版中没有本签名", "the signed bytes do not end where a revision ends, or that revision does not hold this signature";
    }
    /// What follows the signed bytes.
    SIGNATURE_TAIL "signature.tail" ChangesAfter [(90, "ISO 32000-1 7.5.6")]
    ("所签内容之后的字节", "the bytes behind what is signed") {
        Good: "所签内容之后没有其他字节，或只有完整的修订版", "nothing follows what is signed, or whole revisions alone";
        Note: "所签内容之后只有空白字符", "white space follows what is signed";
        Unknown: "所签内容之后的更新写法异常，各阅读器的读法可能不同", "what follows is not written as an update is, and readers may differ about it";
        Bad: "所签内容之后有不属于任何修订版的字节", "bytes follow what is signed that belong to no revision";
    }
    /// The signature dictionary is the same as when it was signed.
    SIGNATURE_DICTIONARY "signature.dictionary" ChangesAfter [(90, "ISO 32000-1 12.8.1")]
    ("签名字典与签名时相同", "the signature dictionary is as it was signed") {
        Good: "签名字典与签名时相同", "the signature dictionary is as it was signed";
        Note: "签名字典在文件中重复出现，内容相同", "the signature dictionary stands in the file more than once, each time the same";
        Bad: "签名字典在签名后被改写", "the signature dictionary was changed after signing";
    }
    /// The appearance is the same as when it was signed.
    SIGNATURE_APPEARANCE "signature.appearance" ChangesAfter [(90, "ISO 32000-1 12.5.5")]
    ("签名外观（页、位置、图形）与签名时相同", "page, place and appearance of the signature are as they were signed") {
        Good: "签名外观与签名时相同", "the appearance is as it was signed";
        Bad: "签名外观在签名后被改动", "the appearance was changed after signing";
    }
    /// Ranges of several signatures.
    SIGNATURE_OVERLAP "signature.overlap" DocumentIntegrity [(72, "ISO 32000-1 12.8.1")]
    ("各签名的范围互不冲突", "the ranges of the signatures do not contradict one another") {
        Bad: "本签名与另一签名范围相同或互相交错", "this signature and another have the same or crossing ranges";
    }
    /// Handler and sub filter.
    SIGNATURE_HANDLER "signature.handler" SignatureFormat [(10, "ISO 32000-1 12.8.3")]
    ("签名处理程序与编码名称（Filter、SubFilter）", "names of the handler and of the encoding (Filter, SubFilter)") {
        Good: "签名值与所标编码名称相符", "the value is what its encoding is called";
        Note: "签名值按其结构验证，与所标编码名称不符或名称未知", "the value is judged by its structure: its encoding is called otherwise, or by a name that is not known";
        Bad: "签名值与所标编码名称不符（严格模式）", "the value is not what its encoding is called (strict profile)";
    }
    /// Bytes behind the value inside `Contents`.
    SIGNATURE_PADDING "signature.padding" SignatureFormat [(10, "ISO 32000-1 12.8.3.3")]
    ("签名值之后只有填充的零", "zeros alone fill up the place of the value") {
        Unknown: "签名值之后有非零字节", "bytes other than zero follow the value";
    }
    /// What came after.
    SIGNATURE_CHANGES "signature.changes" ChangesAfter [(90, "ISO 32000-1 12.8.2.2")]
    ("签名之后的改动", "what was changed after signing") {
        Good: "签名之后没有改动", "nothing was changed after signing";
        Note: "签名之后只有允许的改动", "only what is allowed was changed after signing";
        Unknown: "签名之后有可能改变所显示内容的改动", "something was changed after signing that can change what is shown";
        Bad: "签名之后文档被改动", "the document was changed after signing";
    }
    /// What a certification or a lock allows.
    SIGNATURE_PERMISSION "signature.permission" ChangesAfter [(90, "ISO 32000-1 12.8.2.2")]
    ("认证签名或锁定所允许的改动（DocMDP、FieldMDP、Lock）", "what a certification or a lock allows (DocMDP, FieldMDP, Lock)") {
        Good: "改动均在允许范围之内", "the changes are within what is allowed";
        Unknown: "改动是否在允许范围之内无法确认", "whether the changes are within what is allowed cannot be established";
        Bad: "改动超出认证签名或锁定所允许的范围", "the changes go beyond what the certification or the lock allows";
    }
    /// A form was filled.
    SIGNATURE_FILLED "signature.form-fill" ChangesAfter [(90, "ISO 32000-1 12.7.3.3")]
    ("签名之后填写的表单域", "form fields that were filled after signing") {
        Note: "签名之后填写了表单域", "form fields were filled after signing";
        Unknown: "表单域所显示的与其值可能不一致，或盖住签名时所显示的内容", "what a form field shows may not be its value, or lies over what was shown when it was signed";
    }
    /// How pages look, beside how they looked when they were signed.
    SIGNATURE_RENDERING "signature.rendering" ChangesAfter [(90, "ISO 32000-1 12.8.2.2")]
    ("各页看上去与签名时是否相同（可选的图像比对）", "how the pages look, beside how they looked when they were signed (optional)") {
        Good: "页面看上去与签名时相同", "pages look as they did when they were signed";
        Note: "页面仅在已告知的允许改动之处看上去不同", "pages look different only where permitted changes are told";
        Unknown: "页面在已告知的允许改动之外看上去不同", "a page looks different elsewhere than where permitted changes are told";
    }
    /// Pages of which there is no picture.
    SIGNATURE_NOT_RENDERED "signature.rendering.not-drawn" ChangesAfter [(90, "ISO 32000-1 12.8.2.2")]
    ("未作图像比对的页面", "pages that were not compared by how they look") {
        Note: "未作或未完整作图像比对", "not compared by how it looks, or not all of it";
    }
    /// Where the seal is shown.
    SEAL_PLACE "signature.place" DocumentFormat [(90, "ISO 32000-1 12.5.3")]
    ("印章（签名）显示位置", "where the seal is shown") {
        Good: "印章显示在页面上", "the seal is shown on a page";
        Note: "签名没有可见外观，或其外观不打印", "the signature has no appearance, or one that is not printed";
        Unknown: "印章被隐藏、在页面之外、不在任何页上，或被批注覆盖", "the seal is hidden, outside its page, on no page, or covered by an annotation";
    }
    /// The picture shown and the picture in the seal.
    SEAL_PICTURE "signature.picture" DocumentFormat [(90, "GB/T 38540-2020 6.1.3")]
    ("所显示的印章图片与印章内图片", "the picture shown and the picture inside the seal") {
        Good: "所显示的图片就是印章内的图片", "the picture shown is the one inside the seal";
        Note: "所显示的图片无法与印章内图片比对、尺寸不同，或部分阅读器不显示", "the picture shown cannot be compared with the one inside the seal, has another size, or is not shown by some readers";
        Unknown: "所显示的不是、不全是或不只是印章内的图片", "what is shown is not the picture inside the seal, not all of it, or more than it";
        Bad: "所显示的图片不是印章内的图片（严格模式）", "the picture shown is not the one inside the seal (strict profile)";
    }
}
