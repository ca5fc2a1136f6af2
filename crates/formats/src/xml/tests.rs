//! Small files, read and edited.

use super::*;

fn parse(text: &str) -> Result<Document, XmlError> {
    Document::parse(text.as_bytes(), &Limits::default())
}

fn tree(text: &str) -> Document {
    parse(text).unwrap()
}

#[test]
fn elements_know_their_bytes_their_names_and_one_another() {
    let text = "<?xml version=\"1.0\"?>\n<o:r xmlns:o=\"u\" a='1'>\n <o:x/><y xmlns=\"v\">t</y><o:x b=\"2\"></o:x></o:r>";
    let tree = tree(text);
    let root = tree.root();
    assert_eq!((root.name(), root.qualified_name(), root.prefix()), ("r", "o:r", "o:"));
    assert_eq!((root.namespace(), root.attribute("a"), root.attribute("z")), (Some("u"), Some("1"), None));
    assert_eq!(&text[root.range()], &text[22..]);
    let children: Vec<Element<'_>> = root.children().collect();
    assert_eq!(children.iter().map(|child| child.name()).collect::<Vec<_>>(), ["x", "y", "x"]);
    assert_eq!(&text[children[1].range()], "<y xmlns=\"v\">t</y>");
    assert_eq!(&text[children[1].content_range()], "t");
    assert_eq!((children[1].namespace(), children[2].namespace()), (Some("v"), Some("u")));
    assert!(children[0].is_self_closing() && !children[2].is_self_closing());
    assert_eq!(root.children_named("x").count(), 2);
    assert_eq!(root.child_text("y"), Some("t"));
    assert!(root.child("nothing").is_none());
    assert_eq!(tree.elements().count(), 4);
    assert_eq!(root.text(), "");
}

#[test]
fn text_is_joined_from_its_pieces() {
    let tree = tree("<a> x &amp; &#65;&#x4e2d;<!-- not this --><b>inner</b><![CDATA[<&>]]> </a>");
    assert_eq!(tree.root().text(), "x & A中<&>");
    assert_eq!(tree.root().raw_text(), " x & A中<&> ");
    assert_eq!(self::tree("<a b=\"&lt;&#10;x\n\"/>").root().attribute("b"), Some("<\nx "));
}

#[test]
fn byte_order_marks_shift_the_ranges() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><a><b/></a>";
    let tree = tree(text);
    assert_eq!(&text[tree.root().child("b").unwrap().range()], "<b/>");
    assert!(tree.notes().is_empty());
}

#[test]
fn gbk_is_read_noted_and_not_edited() {
    for name in ["GBK", "gb2312", "GB18030"] {
        let text = format!("<?xml version='1.0' encoding='{name}'?><a>公章</a>");
        let bytes = encoding_rs::GBK.encode(&text).0;
        let tree = Document::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!((tree.root().text(), tree.notes()), ("公章", &[Note::Gbk][..]));
        assert_eq!(Edit::new(&bytes, &tree).unwrap_err(), XmlError::NotEditable);
    }
    let marked = "\u{feff}<?xml version='1.0' encoding='GBK'?><a>公章</a>";
    assert_eq!(
        (tree(marked).root().text(), tree(marked).notes()),
        ("公章", &[Note::EncodingContradicted][..])
    );
}

#[test]
fn other_encodings_and_broken_text_are_refused() {
    let utf16: Vec<u8> = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [&[u8]; 4] = [
        &utf16,
        &[0, b'<', 0, b'a'],
        b"<?xml version='1.0' encoding='big5'?><a/>",
        b"<?xml version='1.0' encoding = \"ISO-8859-1\"?><a/>",
    ];
    for bytes in cases {
        let error = Document::parse(bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.code(), "xml.unsupported-encoding");
    }
    let cases: [&[u8]; 4] = [
        b"<a>\xff</a>",
        b"<?xml version='1.0' encoding='GBK'?><a>\xff\xff</a>",
        b"<a>\x07</a>",
        b"<a b='&#0;'/>",
    ];
    for bytes in cases {
        assert!(Document::parse(bytes, &Limits::default()).is_err(), "{bytes:?}");
    }
    // The places of elements would be told three bytes off.
    for text in ["\u{feff}\u{feff}<a/>", "\u{feff}\u{feff}<?xml version='1.0'?><a/>"] {
        assert_eq!(parse(text).unwrap_err().code(), "xml.malformed", "{text}");
    }
    let gbk = b"<?xml version='1.0' encoding='GBK'?><a/>";
    assert!(Document::parse(&[b"\x84\x31\x95\x33", &gbk[..]].concat(), &Limits::default()).is_err());
    for text in ["<a>&#1;</a>", "<a b='&#xFFFE;'/>", "<a>\u{ffff}</a>"] {
        assert_eq!(parse(text).unwrap_err(), XmlError::BadText, "{text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let cases = [
        "",
        " ",
        "text",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a b></a>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<a>&amp</a>",
        "<a>& </a>",
        "<p:a/>",
        "<a b='<'/>",
        "<a><!-- -- --></a>",
        "<a/><?xml version='1.0'?>",
        "<a><![CDATA[x</a>",
        "<![CDATA[x]]><a/>",
        "&#65;<a/>",
        "<a",
        "<a b='&x;'/>",
    ];
    for text in cases {
        let error = parse(text).unwrap_err();
        assert!(matches!(error, XmlError::Malformed { .. }), "{text}: {error:?}");
    }
    assert_eq!(parse("<!DOCTYPE a><a/>").unwrap_err(), XmlError::DocumentType);
    assert_eq!(parse("<a>&nbsp;</a>").unwrap_err(), XmlError::UnknownEntity { name: "nbsp".to_owned() });
}

#[test]
fn skipped_elements_leave_nothing_but_must_be_well_formed() {
    let skip = |text: &str| Document::parse_without(text.as_bytes(), &Limits::default(), "C");
    let tree = skip("<a><o:C xmlns:o='u'>x<b c='1'><d/></b>y</o:C><e>z</e></a>").unwrap();
    let names: Vec<&str> = tree.elements().map(Element::name).collect();
    assert_eq!(names, ["a", "C", "e"]);
    assert_eq!((tree.root().child("C").unwrap().text(), tree.root().child_text("e")), ("", Some("z")));
    for text in [
        "<a><C><b></C></a>",
        "<a><C><b c='1' c='2'/></C></a>",
        "<a><C>&x;</C></a>",
        "<a><C>",
        "<a><C><b c='&x;'/></C></a>",
        "<a><C><1/></C></a>",
    ] {
        assert!(skip(text).is_err(), "{text}");
    }
    let deep = format!("<C>{}{}</C>", "<b>".repeat(70), "</b>".repeat(70));
    assert_eq!(skip(&deep).unwrap_err(), XmlError::TooDeep { limit: 64 });
    let wide = format!("<C>{}</C>", "<b/>".repeat(1000));
    let limits = Limits { elements: 10, ..Limits::default() };
    assert!(Document::parse_without(wide.as_bytes(), &limits, "C").is_ok());
    assert_eq!(
        Document::parse(wide.as_bytes(), &limits).unwrap_err(),
        XmlError::TooManyElements { limit: 10 }
    );
    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(Document::parse(wide.as_bytes(), &limits).unwrap_err().code(), "xml.too-large");
}

#[test]
fn attributes_of_all_elements_together_are_bounded() {
    let limits = Limits { all_attributes: 10, ..Limits::default() };
    let text = |count: usize| format!("<a>{}</a>", "<b c='1' d='2'/>".repeat(count));
    assert!(Document::parse(text(5).as_bytes(), &limits).is_ok());
    let error = Document::parse(text(6).as_bytes(), &limits).unwrap_err();
    assert_eq!(error, XmlError::TooManyAttributesInAll { limit: 10 });
    assert!(Document::parse_without(text(6).as_bytes(), &limits, "a").is_ok(), "nothing of them is kept");
}

#[test]
fn attributes_with_a_prefix_know_their_namespace() {
    let tree = tree("<a x:b='1' xmlns:x='u'><c xml:d='2' y:e='3' f='4'/></a>");
    let found: Vec<_> =
        tree.prefixed_attributes().map(|one| (one.qualified, one.name, one.namespace)).collect();
    let xml = Some("http://www.w3.org/XML/1998/namespace");
    let xmlns = Some("http://www.w3.org/2000/xmlns/");
    assert_eq!(
        found,
        [("x:b", "b", Some("u")), ("xmlns:x", "x", xmlns), ("xml:d", "d", xml), ("y:e", "e", None)]
    );
}

#[test]
fn edits_of_the_same_bytes_are_refused() {
    let text = "<a><b>x</b></a>";
    let tree = tree(text);
    let mut edit = Edit::new(text.as_bytes(), &tree).unwrap();
    edit.replace_content(tree.root(), "1");
    edit.replace_content(tree.root().child("b").unwrap(), "2");
    assert_eq!(edit.apply().unwrap_err(), XmlError::NotEditable);
}

#[test]
fn edits_at_one_place_keep_their_order() {
    let edited = |text: &str| {
        let tree = tree(text);
        let mut edit = Edit::new(text.as_bytes(), &tree).unwrap();
        edit.prepend_inside(tree.root(), "<m/>");
        edit.append_inside(tree.root(), "<n/>");
        String::from_utf8(edit.apply().unwrap()).unwrap()
    };
    assert_eq!(edited("<a></a>"), "<a><m/><n/></a>");
    assert_eq!(edited("<a> </a >"), "<a><m/> <n/></a >");
}
