//! What the schema of GB/T 33190-2016 knows of the two files that a signature may leave open, the entry file (§7.4) and the
//! lists of signatures (§18.1), and of a signature's description (§18.2), with what GM/T 0099 adds. Everything else in them
//! means something to nobody, or to one reader alone.

use super::fact::{Fact, Facts, cut};
use super::letter::OTHER_PREFIX;
use super::xmlfile::XmlFile;
use crate::xml::Element;

/// Names of attributes that tell where the schema is; no reader of documents follows them.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const OF_INSTANCE: [&str; 2] = ["schemaLocation", "noNamespaceSchemaLocation"];
/// What XML itself lets every element have and what changes nothing.
const OF_XML: [&str; 2] = ["xml:lang", "xml:space"];

/// An element of the schema.
pub(super) struct Shape {
    name: &'static str,
    attributes: &'static [&'static str],
    children: &'static [Shape],
    /// Whether it may stand several times among its parent's children.
    is_many: bool,
    /// Whether there is text in it.
    has_text: bool,
}

const fn text(name: &'static str) -> Shape {
    Shape { name, attributes: &[], children: &[], is_many: false, has_text: true }
}

const fn of(name: &'static str, children: &'static [Shape]) -> Shape {
    Shape { name, attributes: &[], children, is_many: false, has_text: false }
}

impl Shape {
    const fn with(mut self, attributes: &'static [&'static str]) -> Self {
        self.attributes = attributes;
        self
    }

    const fn many(mut self) -> Self {
        self.is_many = true;
        self
    }
}

/// `OFD.xml`.
pub(super) static ENTRY: Shape = of("OFD", &[of("DocBody", BODY).many()]).with(&["Version", "DocType"]);

const BODY: &[Shape] = &[
    of("DocInfo", INFO),
    text("DocRoot"),
    of("Versions", &[of("Version", &[]).with(&["ID", "Index", "Current", "BaseLoc"]).many()]),
    text("Signatures"),
];

const INFO: &[Shape] = &[
    text("DocID"),
    text("Title"),
    text("Author"),
    text("Subject"),
    text("Abstract"),
    text("CreationDate"),
    text("ModDate"),
    text("DocUsage"),
    text("Cover"),
    of("Keywords", &[text("Keyword").many()]),
    text("Creator"),
    text("CreatorVersion"),
    of("CustomDatas", &[text("CustomData").with(&["Name"]).many()]),
];

/// `Signatures.xml`; `Relative` is from GM/T 0099.
pub(super) static LIST: Shape = of(
    "Signatures",
    &[text("MaxSignId"), of("Signature", &[]).with(&["ID", "Type", "BaseLoc", "Relative"]).many()],
);

/// `Signature.xml` (§18.2); `Parameters` is from GM/T 0099.
static DESCRIPTION: Shape = of("Signature", &[of("SignedInfo", SIGNED_INFO), text("SignedValue")]);

const SIGNED_INFO: &[Shape] = &[
    of("Provider", &[]).with(&["ProviderName", "Version", "Company"]),
    text("SignatureMethod"),
    text("SignatureDateTime"),
    of("Parameters", &[text("Parameter").with(&["Name"]).many()]),
    of("References", &[of("Reference", &[text("CheckValue")]).with(&["FileRef"]).many()])
        .with(&["CheckMethod"]),
    of("StampAnnot", &[]).with(&["ID", "PageRef", "Boundary", "Clip"]).many(),
    of("Seal", &[text("BaseLoc")]),
];

/// In lower case and in the order of the alphabet: names that tell what is signed, where the seal is and where it is shown.
/// There are readers that look for them wherever they stand, or take the last one, or pass over case and namespace.
const TELLING: [&str; 15] = [
    "baseloc",
    "boundary",
    "checkmethod",
    "checkvalue",
    "clip",
    "fileref",
    "id",
    "pageref",
    "reference",
    "references",
    "seal",
    "signature",
    "signedinfo",
    "signedvalue",
    "stampannot",
];

/// Whether a name is a telling one to somebody: without its prefix, and in any case.
fn is_telling(name: &str) -> bool {
    let name = name.rsplit(':').next().unwrap_or_default().to_lowercase();
    TELLING.binary_search(&name.as_str()).is_ok()
}

/// What the schema does not know.
enum Odd<'d> {
    /// An element of another name or namespace, in another place or too often. What is in it is a part of it.
    Element(Element<'d>),
    /// An attribute, as written.
    Attribute(&'d str),
    /// An instruction, by its target.
    Instruction(&'d str),
    /// Text where there is none.
    Text(&'d str),
}

/// Notes what the schema does not know of an entry file or a list.
pub(super) fn note(file: &XmlFile<'_, '_>, shape: &'static Shape, facts: &mut Facts) {
    note_prefix(file, facts);
    find(file, shape, |odd| {
        let what = match odd {
            Odd::Element(element) => element.qualified_name(),
            Odd::Attribute(what) | Odd::Instruction(what) | Odd::Text(what) => what,
        };
        facts.push(Fact::NotInSchema { file: file.path.clone(), what: cut(what) });
    });
}

/// Notes what the schema does not know of a description, and of that apart what somebody may take for the signed files, for
/// the seal or for a place of it.
pub(super) fn note_description(file: &XmlFile<'_, '_>, facts: &mut Facts) {
    note_prefix(file, facts);
    find(file, &DESCRIPTION, |odd| {
        let mut tell = |what: &str, is_misplaced: bool| {
            let (file, what) = (file.path.clone(), cut(what));
            let fact =
                if is_misplaced { Fact::Misplaced { file, what } } else { Fact::NotInSchema { file, what } };
            facts.push(fact);
        };
        match odd {
            Odd::Attribute(name) => tell(name, is_telling(name)),
            Odd::Instruction(what) | Odd::Text(what) => tell(what, false),
            Odd::Element(element) => {
                tell(element.qualified_name(), is_telling(element.name()));
                let mut open = vec![element];
                while let Some(element) = open.pop() {
                    // Those with a prefix are told of the whole file.
                    let names = element.attributes().map(|(name, _)| name).filter(|name| !name.contains(':'));
                    names.filter(|name| is_telling(name)).for_each(|name| tell(name, true));
                    for child in element.children() {
                        if is_telling(child.name()) {
                            tell(child.qualified_name(), true);
                        }
                        open.push(child);
                    }
                }
            }
        }
    });
}

/// An element with another prefix than the root's, for the same namespace.
fn note_prefix(file: &XmlFile<'_, '_>, facts: &mut Facts) {
    let (namespace, prefix) = (file.root().namespace(), file.root().prefix());
    if let Some(other) =
        file.tree.elements().find(|found| found.namespace() == namespace && found.prefix() != prefix)
    {
        facts.push(Fact::letter(&file.path, OTHER_PREFIX, other.qualified_name()));
    }
}

/// Finds what the schema does not know: elements of other names or namespaces, in other places or too often, attributes,
/// instructions, and text where there is none.
fn find<'d>(file: &'d XmlFile<'_, '_>, shape: &'static Shape, mut tell: impl FnMut(Odd<'d>)) {
    let namespace = file.root().namespace();
    if let Some(target) = file.tree.instruction() {
        tell(Odd::Instruction(target));
    }
    for found in file.tree.prefixed_attributes() {
        let declares = found.qualified.starts_with("xmlns:");
        let of_instance = found.namespace == Some(INSTANCE) && OF_INSTANCE.contains(&found.name);
        if !declares && !of_instance && !OF_XML.contains(&found.qualified) {
            tell(Odd::Attribute(found.qualified));
        }
    }
    let mut open: Vec<(Element<'d>, &'static Shape)> = vec![(file.root(), shape)];
    while let Some((element, shape)) = open.pop() {
        for (name, _) in element.attributes().filter(|(name, _)| !name.contains(':') && *name != "xmlns") {
            if !shape.attributes.contains(&name) {
                tell(Odd::Attribute(name));
            }
        }
        if !shape.has_text && !element.text().is_empty() {
            tell(Odd::Text(element.text()));
        }
        let mut seen = Vec::new();
        for child in element.children() {
            let known = shape.children.iter().find(|known| known.name == child.name());
            match known.filter(|_| child.namespace() == namespace) {
                Some(known) if known.is_many || !seen.contains(&known.name) => {
                    seen.push(known.name);
                    open.push((child, known));
                }
                _ => tell(Odd::Element(child)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Package};
    use crate::zip::{DosTime, Writer};

    /// What is told of an entry file with this inside its document, and of a list with this inside.
    fn told(body: &str, list: &str) -> Vec<String> {
        let ofd = format!(
            "<o:OFD xmlns:o=\"http://www.ofdspec.org/2016\" Version=\"1.0\" DocType=\"OFD\"><o:DocBody>{body}\
             <o:DocRoot>D.xml</o:DocRoot><o:Signatures>S.xml</o:Signatures></o:DocBody></o:OFD>"
        );
        let list = format!(
            "<o:Signatures xmlns:o=\"http://www.ofdspec.org/2016\"><o:MaxSignId>s1</o:MaxSignId>{list}</o:Signatures>"
        );
        let mut writer = Writer::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
        writer.add("OFD.xml", ofd.as_bytes()).unwrap();
        writer.add("S.xml", list.as_bytes()).unwrap();
        let bytes = writer.finish().unwrap();
        let package = Package::open(&bytes, &Limits::default()).unwrap();
        let list = package.signatures(0).unwrap().unwrap();
        let facts = package.facts().iter().chain(&list.facts);
        let odd = facts.filter_map(|fact| match fact {
            super::Fact::NotInSchema { what, .. } => Some(what.clone()),
            _ => None,
        });
        odd.collect()
    }

    #[test]
    fn the_schema_is_all_there_is() {
        let whole = "<o:DocInfo><o:DocID>1</o:DocID><o:Title/><o:Keywords><o:Keyword>a</o:Keyword><o:Keyword/></o:Keywords>\
            <o:Cover>c</o:Cover><o:CustomDatas><o:CustomData Name='a'>x</o:CustomData></o:CustomDatas></o:DocInfo>\
            <!-- a remark --><o:Versions><o:Version ID='a' Index='1' Current='true' BaseLoc='b'/></o:Versions>";
        let list = "<o:Signature ID='s1' Type='Seal' BaseLoc='a' xml:lang='zh'/><o:Signature ID='s2' BaseLoc='b' Relative='s1'/>";
        assert_eq!(told(whole, list), Vec::<String>::new());
        let instance = "<o:Signature xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:schemaLocation='a b' ID='s1'/>";
        assert_eq!(told("", instance), Vec::<String>::new());
        for (body, list, what) in [
            ("<o:DocInfo><o:Mirror>x</o:Mirror></o:DocInfo>", "", "o:Mirror"),
            ("<DocInfo/>", "", "DocInfo"),
            ("<DocRoot xmlns='urn:x'>E.xml</DocRoot>", "", "DocRoot"),
            ("<o:DocRoot>E.xml</o:DocRoot>", "", "o:DocRoot"),
            ("<o:docroot>E.xml</o:docroot>", "", "o:docroot"),
            ("<o:DocInfo><o:DocRoot>E.xml</o:DocRoot></o:DocInfo>", "", "o:DocRoot"),
            ("<o:DocInfo Root='E.xml'/>", "", "Root"),
            ("E.xml", "", "E.xml"),
            ("<?follow D.xml?>", "", "follow"),
            ("", "<o:Signature ID='s1' baseLoc='b'/>", "baseLoc"),
            ("", "<o:Signature ID='s1' xml:base='b'/>", "xml:base"),
            ("", "<o:Signature ID='s1' xmlns:x='urn:x' x:note='b'/>", "x:note"),
            ("", "<o:MaxSignId>s9</o:MaxSignId>", "o:MaxSignId"),
            ("", "<o:Signature ID='s1'><o:Seal/></o:Signature>", "o:Seal"),
            ("", "<o:Group><o:Signature ID='s1'/></o:Group>", "o:Group"),
        ] {
            assert_eq!(told(body, list), [what], "{body}{list}");
        }
    }
    /// What is told of a description with this beside its stamp and this at its end: with `!` what may be mistaken.
    fn of_description(inside: &str, outside: &str) -> Vec<String> {
        let description = format!(
            "<o:Signature xmlns:o=\"http://www.ofdspec.org/2016\" xmlns:x=\"urn:x\"><o:SignedInfo>\
             <o:Provider ProviderName=\"p\" Company=\"c\" Version=\"1\"/><o:SignatureMethod>1.2</o:SignatureMethod>\
             <o:SignatureDateTime>20260101000000Z</o:SignatureDateTime>\
             <o:References CheckMethod=\"SM3\"><o:Reference FileRef=\"/a\"><o:CheckValue>AAAA</o:CheckValue></o:Reference>\
             </o:References><o:StampAnnot ID=\"s1\" PageRef=\"1\" Boundary=\"1 1 1 1\" Clip=\"0 0 1 1\"/>{inside}\
             <o:Seal><o:BaseLoc>b</o:BaseLoc></o:Seal></o:SignedInfo><o:SignedValue>c</o:SignedValue>{outside}</o:Signature>"
        );
        let mut writer = Writer::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
        let entry = "<o:OFD xmlns:o=\"http://www.ofdspec.org/2016\"><o:DocBody/></o:OFD>";
        writer.add("OFD.xml", entry.as_bytes()).unwrap();
        writer.add("S.xml", description.as_bytes()).unwrap();
        let bytes = writer.finish().unwrap();
        let package = Package::open(&bytes, &Limits::default()).unwrap();
        let facts = package.signature_at("S.xml").unwrap().facts.clone();
        let odd = facts.iter().filter_map(|fact| match fact {
            super::Fact::NotInSchema { what, .. } => Some(what.clone()),
            super::Fact::Misplaced { what, .. } => Some(format!("!{what}")),
            _ => None,
        });
        odd.collect()
    }

    #[test]
    fn a_description_has_each_thing_in_its_place() {
        let whole = "<o:StampAnnot ID='s2' PageRef='2' Boundary='1 1 1 1'/>\
                     <o:Parameters><o:Parameter Name='a'>1</o:Parameter></o:Parameters>";
        assert_eq!(of_description(whole, "<!-- a remark -->"), Vec::<String>::new());
        assert!(super::TELLING.is_sorted());
        for (inside, outside, told) in [
            ("<o:Note/>", "", &["o:Note"][..]),
            ("<o:Note>1</o:Note>", "words", &["words", "o:Note"]),
            ("<?a b?>", "", &["a"]),
            ("<x:StampAnnot/>", "", &["!x:StampAnnot"]),
            ("<o:stampAnnot/>", "", &["!o:stampAnnot"]),
            ("<StampAnnot/>", "", &["!StampAnnot"]),
            ("<o:Group><o:Part><o:Seal/></o:Part></o:Group>", "", &["o:Group", "!o:Seal"]),
            ("<o:Group boundary='1'/>", "", &["o:Group", "!boundary"]),
            ("<o:StampAnnot o:Boundary='1'/>", "", &["!o:Boundary"]),
            ("<o:StampAnnot pageRef='1' Colour='1'/>", "", &["!pageRef", "Colour"]),
            ("<o:Seal><o:BaseLoc/></o:Seal>", "", &["!o:Seal", "!o:BaseLoc"]),
            ("<o:References/>", "", &["!o:References"]),
            ("", "<o:StampAnnot/>", &["!o:StampAnnot"]),
            ("", "<o:SignedValue>d</o:SignedValue>", &["!o:SignedValue"]),
            ("", "<o:SignedInfo/>", &["!o:SignedInfo"]),
        ] {
            let mut found = of_description(inside, outside);
            let mut told: Vec<String> = told.iter().map(|what| (*what).to_owned()).collect();
            found.sort();
            told.sort();
            assert_eq!(found, told, "{inside}{outside}");
        }
    }
}
