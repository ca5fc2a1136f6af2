//! Findings about the file as a container and about the document as a whole.

use super::rules;

rules! {
    /// The container of the document can be read.
    CONTAINER_FORMAT "container.format" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("文件是可解析的版式文档容器", "the file is a readable container of a document") {
        Good: "文件容器可解析", "the container can be read";
        Unknown: "文件不是可解析的版式文档或已损坏，无法判断", "the file is no readable document or is damaged: it cannot be judged";
    }
    /// Size, number of entries, ratio or depth beyond what is granted.
    CONTAINER_LIMITS "container.limits" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("文件在处理上限之内", "the file stays within the limits of processing") {
        Unknown: "文件超出处理上限，无法判断", "the file exceeds a limit of processing: it cannot be judged";
    }
    /// Two entries with one name.
    CONTAINER_DUPLICATES "container.duplicate-names" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("容器内没有重名文件", "no two files of the container share a name") {
        Bad: "容器内有重名文件，不同软件会显示不同内容", "files share a name: different readers would show different content";
    }
    /// Names and headers that readers may understand differently.
    CONTAINER_NAMES "container.ambiguous-names" DocumentFormat [(1, "GB/T 33190-2016 7.1")]
    ("容器内文件名和文件头没有歧义", "names and headers of the files cannot be understood in two ways") {
        Unknown: "容器内文件名或文件头有歧义（大小写、反斜杠、路径跳转、文件名编码，或本地文件头与目录不一致）", "names or headers that readers may understand differently (case, backslash, path tricks, encodings of names, headers that disagree with the directory)";
    }
    /// An entry that cannot be unpacked or whose checksum is wrong.
    CONTAINER_CONTENT "container.content" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("容器内文件均可解压且校验和正确", "every file unpacks and matches its checksum") {
        Bad: "容器内文件损坏（解压失败或校验和不符）", "a file of the container is damaged (does not unpack, or wrong checksum)";
        Unknown: "容器内文件无法解压（加密或未知压缩方式）", "a file of the container cannot be unpacked (encrypted, or unknown method)";
    }
    /// Bytes that belong to no file: around the archive, between its records, in comments and extra fields.
    CONTAINER_SURROUNDINGS "container.surroundings" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("容器内外没有不属于任何文件的字节", "no bytes around or in the container that belong to no file") {
        Note: "容器内外有空白填充字节（零或空白）", "blank padding (zeros or white space) around or in the container";
        Unknown: "容器内外有不属于任何文件的字节，其中可能藏有另一个容器或文档", "bytes around or in the container belong to no file: they may hold another container or document";
        Bad: "容器内外有不属于任何文件的字节（严格模式）", "bytes around or in the container belong to no file (strict profile)";
    }
    /// Departures of the container from its format.
    CONTAINER_DEVIATION "container.deviation" DocumentFormat [(1, "GB/T 33190-2016 6")]
    ("容器格式与标准的偏差", "departures of the container from its format") {
        Note: "容器格式与标准有偏差，已容忍", "the container departs from its format; tolerated";
        Bad: "容器格式与标准有偏差（严格模式）", "the container departs from its format (strict profile)";
    }
    /// The entry file and the document roots can be read.
    DOCUMENT_STRUCTURE "document.structure" DocumentFormat [(1, "GB/T 33190-2016 7.4")]
    ("文档入口及主文档可解析", "the entry file and the document roots can be read") {
        Good: "文档入口及主文档可解析", "the entry file and the document roots can be read";
        Unknown: "文档入口或其指向的文件缺失或无法解析", "the entry file, or a file it points at, is missing or cannot be read";
    }
    /// Digests were handed over in the place of the document.
    DOCUMENT_UNSEEN "document.unseen" ChangesAfter [(90, "GB/T 33190-2016 18.2.1")]
    ("所显示的内容已经验证", "what is shown was looked at") {
        Unknown: "只提交了杂凑值，所显示的内容未经验证", "only digests were handed over: what the document shows was not looked at";
    }
    /// Departures of the XML from the schema.
    DOCUMENT_DEVIATION "document.deviation" DocumentFormat [(1, "GB/T 33190-2016 7")]
    ("文档格式与标准的偏差", "departures of the document from its format") {
        Note: "文档格式与标准有偏差，已容忍", "the document departs from its format; tolerated";
        Bad: "文档格式与标准有偏差（严格模式）", "the document departs from its format (strict profile)";
    }
    /// Something that two readers may understand differently, where no signature decides.
    DOCUMENT_AMBIGUOUS "document.ambiguous" DocumentFormat [(1, "GB/T 33190-2016 7")]
    ("文档没有歧义", "the document cannot be understood in two ways") {
        Unknown: "有文件未受签名保护或未受每个签名保护而有歧义，或签名描述中有标准之外的印章、外观或引用，不同软件可能作不同理解", "a file that no signature, or not every one, covers can be understood in two ways, or a description of a signature has seals, stamps or references where the standard has none";
    }
    /// There is no signature.
    SIGNATURES_NONE "document.signatures.none" DocumentFormat [(1, "GB/T 33190-2016 18")]
    ("文档含有签章或签名", "the document holds a signature") {
        Unknown: "文档中没有电子签章或数字签名", "the document holds no seal and no signature";
    }
    /// The list of signatures is missing or unreadable.
    SIGNATURES_LIST "document.signatures.list" DocumentFormat [(1, "GB/T 33190-2016 18.1")]
    ("签名列表文件存在且可解析", "the list of signatures is there and can be read") {
        Good: "签名列表可解析", "the list of signatures can be read";
        Unknown: "文档声明有签名，但签名列表缺失或无法解析", "the document says it is signed, but its list of signatures is missing or cannot be read";
    }
    /// One signature that the lists count more than once.
    SIGNATURES_REPEATED "document.signatures.repeated" DocumentFormat [(1, "GB/T 33190-2016 18.1")]
    ("每个签名在签名列表中只出现一次", "every signature is in the lists of signatures once") {
        Unknown: "同一签名在列表中出现不止一次（或其描述、签名值被复制），签章个数不可信", "one signature is listed more than once, or its description or value was copied: how many there are cannot be relied on";
        Bad: "同一签名在列表中出现不止一次（严格模式）", "one signature is listed more than once (strict profile)";
    }
    /// A signature in the package that no list names.
    SIGNATURES_UNLISTED "document.signatures.unlisted" ChangesAfter [(1, "GB/T 33190-2016 18.1")]
    ("包内签名文件均在签名列表中", "every signature in the package is in the list of signatures") {
        Unknown: "包内有未列入签名列表的签名文件，可能有签名被移除", "the package holds a signature that is not listed: one may have been removed";
    }
    /// The root of a document is outside every signature.
    COVERAGE_ROOT "document.coverage.root" ChangesAfter [(90, "GB/T 33190-2016 18.2.1")]
    ("主文档在签名保护之内", "the document root is covered by a signature") {
        Good: "主文档在签名保护之内", "the document root is covered by a signature";
        Unknown: "所显示的主文档不在任何签名保护之内", "the document root that is shown is covered by no signature";
        Bad: "签名所保护的主文档已不再显示，显示的是另一份未受保护的主文档", "the signed document root is no longer shown: another one, not covered, has taken its place";
    }
    /// Content that is shown and that no signature covers.
    COVERAGE_SHOWN "document.coverage.shown" ChangesAfter [(90, "GB/T 33190-2016 18.2.1")]
    ("所显示的内容均在签名保护之内", "everything that is shown is covered by a signature") {
        Good: "所显示的内容均在签名保护之内", "everything that is shown is covered by a signature";
        Unknown: "有可显示的内容不在任何签名保护之内", "content that is shown is covered by no signature";
    }
    /// Files that nothing refers to and no signature covers.
    COVERAGE_EXTRA "document.coverage.extra" ChangesAfter [(90, "GM/T 0099-2020 7.2")]
    ("包内没有夹带文件", "no file was smuggled into the package") {
        Unknown: "包内有未受签名保护且无处引用的文件（夹带）", "the package holds files that no signature covers and nothing refers to";
    }
    /// Files that were added after a signature and that nothing refers to, and files that programs look for by name.
    COVERAGE_ADDED "document.coverage.added" ChangesAfter [(90, "GM/T 0099-2020 7.2")]
    ("签名之后没有加入无处引用的文件，也没有软件按文件名识别的文件", "no file that nothing refers to was added after a signature, and none that programs look for by name") {
        Note: "包内有无处引用的文件，不在每个签名保护之内；或有软件按文件名识别的文件（如加密入口 Encryptions.xml），均受每个签名保护", "files that nothing refers to are not covered by every signature, or files that programs look for by name (such as Encryptions.xml) are covered by every one";
        Unknown: "有软件按文件名识别的文件（如加密入口 Encryptions.xml、完整性保护 OFDEntries.xml），或无处引用的 OFD 文件、程序或其他文档，不在每个签名保护之内：部分软件可能据此显示别的内容", "files that programs look for by name (Encryptions.xml, OFDEntries.xml and the like), or files of OFD, programs or other documents that nothing refers to, are not covered by every signature: some programs may show something else because of them";
    }
    /// A file that no signature covers and that holds another document as it is.
    COVERAGE_CARRIED "document.coverage.carried" ChangesAfter [(90, "GB/T 33190-2016 18.2.1")]
    ("未受签名保护的文件中没有另一份文档", "no file that is not covered carries another document") {
        Unknown: "未受签名保护的文件中藏有另一份文档（PDF、ZIP 或 OFD），其字节原样出现在包里，别的软件可能打开它", "a file that no signature covers holds another document (PDF, ZIP or OFD) whose bytes stand in the package as they are: other programs may open it";
    }
    /// The entry file is not covered, and what it points at is.
    COVERAGE_ENTRY "document.coverage.entry" ChangesAfter [(90, "GB/T 33190-2016 18.1")]
    ("文档入口文件在签名保护之内", "the entry file is covered by a signature") {
        Note: "入口文件未受保护，但其指向的主文档均受保护；其中的元数据（标题、作者等）不受签名保证", "the entry file is not covered, yet all it points at is; its metadata (title, author) is not vouched for";
        Unknown: "入口文件未受（每个）签名保护，而其中的文档或受保护的主文档不止一份，或所指的版本不存在，或以页面或签名中的文件为封面，或其中的数额、日期、号码不见于已签名的内容：显示什么、登记什么不受签名保证", "the entry file is not covered, or not by every signature, and there is more than one document or covered document root, a version that is not there, a file of the pages or of a signature as the cover, or an amount, a date or a number that nothing signed tells: what is shown or booked is not vouched for";
        Bad: "入口文件未受签名保护（严格模式）", "the entry file is not covered (strict profile)";
    }
    /// The list of signatures is open.
    COVERAGE_LIST "document.coverage.list" ChangesAfter [(90, "GB/T 33190-2016 18.1")]
    ("签名列表是否锁定", "whether the list of signatures is locked") {
        Good: "文档已锁定：签名列表受签名保护", "the document is locked: its list of signatures is covered";
        Note: "签名列表未锁定，可继续加签", "the list of signatures is not locked: more signatures may be added";
    }
    /// Something refers to a place outside the package.
    REFERENCES_OUTSIDE "document.references.outside" DocumentFormat [(1, "GB/T 33190-2016 7.1")]
    ("文档引用均在包内", "every reference stays inside the package") {
        Unknown: "文档引用了包外的位置", "the document refers to a place outside the package";
    }
}
