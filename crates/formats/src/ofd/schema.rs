//! What the schema of GB/T 33190-2016 knows of the two files that a signature may leave open: the entry file (§7.4) and the
//! lists of signatures (§18.1), with what GM/T 0099 adds. Everything else in them means something to nobody, or to one
//! reader alone.

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

/// Notes what the schema does not know: elements of other names or namespaces, in other places or too often, attributes,
/// and text where there is none.
pub(super) fn note(file: &XmlFile<'_, '_>, shape: &'static Shape, facts: &mut Facts) {
    let (namespace, prefix) = (file.root().namespace(), file.root().prefix());
    if let Some(other) =
        file.tree.elements().find(|found| found.namespace() == namespace && found.prefix() != prefix)
    {
        facts.push(Fact::letter(&file.path, OTHER_PREFIX, other.qualified_name()));
    }
    let mut tell = |what: &str| {
        let file = file.path.clone();
        facts.push(Fact::NotInSchema { file, what: cut(what) });
    };
    for found in file.tree.prefixed_attributes() {
        let declares = found.qualified.starts_with("xmlns:");
        let of_instance = found.namespace == Some(INSTANCE) && OF_INSTANCE.contains(&found.name);
        if !declares && !of_instance && !OF_XML.contains(&found.qualified) {
            tell(found.qualified);
        }
    }
    let mut open: Vec<(Element<'_>, &'static Shape)> = vec![(file.root(), shape)];
    while let Some((element, shape)) = open.pop() {
        for (name, _) in element.attributes().filter(|(name, _)| !name.contains(':') && *name != "xmlns") {
            if !shape.attributes.contains(&name) {
                tell(name);
            }
        }
        if !shape.has_text && !element.text().is_empty() {
            tell(element.text());
        }
        let mut seen = Vec::new();
        for child in element.children() {
            let known = shape.children.iter().find(|known| known.name == child.name());
            match known.filter(|_| child.namespace() == namespace) {
                Some(known) if known.is_many || !seen.contains(&known.name) => {
                    seen.push(known.name);
                    open.push((child, known));
                }
                // What is in it is a part of it.
                _ => tell(child.qualified_name()),
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
}
