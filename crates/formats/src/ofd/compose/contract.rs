//! A whole document: a purchase contract (采购合同) between two companies.

use super::composer::Composer;
use super::flow::{Flow, Style};
use crate::zip::ZipError;
use jiff::Timestamp;

/// Who buys from whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties<'p> {
    /// The buyer, party A (甲方).
    pub buyer: &'p str,
    /// The seller, party B (乙方).
    pub seller: &'p str,
    /// The contract's number.
    pub number: &'p str,
}

/// The contract and where its seals belong.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The package.
    pub ofd: Vec<u8>,
    /// The middle of the buyer's seal.
    pub buyer: Spot,
    /// The middle of the seller's seal.
    pub seller: Spot,
}

/// A place on a page, in millimetres from its left upper corner. A seal of 45 mm fits around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Position of the page in the document, counted from zero.
    pub page_index: usize,
    /// Distance from the left edge.
    pub x_mm: f64,
    /// Distance from the upper edge.
    pub y_mm: f64,
}

/// Heading and text of the clauses.
const CLAUSES: [(&str, &str); 6] = [
    (
        "第二条 质量要求",
        "乙方提供的货物应当为全新、未使用过的原厂合格产品，符合国家标准、行业标准以及本合同约定的技术规格，并随货\
         提供出厂合格证、使用说明书和保修凭证。质保期自验收合格之日起三十六个月。",
    ),
    (
        "第三条 交货与验收",
        "乙方应当在本合同生效之日起三十日内将货物送达甲方指定地点，运输、装卸和保险费用由乙方承担。甲方应当在收到\
         货物后十个工作日内完成验收，并出具书面验收意见；逾期未提出异议的，视为验收合格。",
    ),
    (
        "第四条 付款方式",
        "本合同生效后十个工作日内，甲方向乙方支付合同总价的百分之三十作为预付款；货物验收合格并收到乙方开具的增值税\
         专用发票后十五个工作日内，甲方支付合同总价的百分之六十五；其余百分之五作为质量保证金，质保期满后无息支付。",
    ),
    (
        "第五条 违约责任",
        "任何一方未按照本合同约定履行义务的，应当承担继续履行、采取补救措施或者赔偿损失等违约责任。乙方逾期交货的，\
         每逾期一日按照未交货部分价款的千分之一支付违约金；甲方逾期付款的，每逾期一日按照未付款项的千分之一支付违约金。",
    ),
    (
        "第六条 争议解决",
        "因本合同引起的或者与本合同有关的任何争议，双方应当友好协商解决；协商不成的，任何一方均可以向甲方所在地有\
         管辖权的人民法院提起诉讼。",
    ),
    (
        "第七条 合同生效",
        "本合同采用可靠的电子签名订立，自双方加盖电子印章之日起生效。依据《中华人民共和国电子签名法》，可靠的电子签名\
         与手写签名或者盖章具有同等的法律效力。电子文件由双方各自保存，具有同等效力。",
    ),
];

/// The goods, the first row being the heading.
const GOODS: [&[&str]; 5] = [
    &["序号", "货物名称", "规格型号", "数量", "单价（元）", "金额（元）"],
    &["1", "服务器", "双路 64 核，512 GB 内存", "4 台", "86 500.00", "346 000.00"],
    &["2", "服务器密码机", "SM2 签名 20 000 次/秒", "2 台", "128 000.00", "256 000.00"],
    &["3", "智能密码钥匙", "USB，GM/T 0027", "120 支", "95.00", "11 400.00"],
    &["", "合计", "人民币陆拾壹万叁仟肆佰元整", "", "", "613 400.00"],
];

/// A purchase contract of two or three pages with a table and a block for the seals at its end.
///
/// # Errors
/// [`ZipError`] when a name is absurdly long.
pub fn purchase_contract(
    doc_id: &str,
    parties: &Parties<'_>,
    created: Timestamp,
) -> Result<Contract, ZipError> {
    let (composer, buyer, seller) = draw_contract(doc_id, parties, created);
    Ok(Contract { ofd: composer.finish()?, buyer, seller })
}

/// The contract's pages, and where the buyer's and the seller's seals belong.
pub(crate) fn draw_contract(
    doc_id: &str,
    parties: &Parties<'_>,
    created: Timestamp,
) -> (Composer, Spot, Spot) {
    let date = jiff::tz::Offset::constant(8).to_datetime(created);
    let date = format!("{}年{}月{}日", date.year(), date.month(), date.day());
    let mut composer = Composer::new(doc_id, "采购合同", created);
    let mut flow = Flow::new(&mut composer, 25.0);
    flow.space(6.0).paragraph(Style::TITLE, "采购合同").space(4.0);
    flow.paragraph(Style::PLAIN, &format!("合同编号：{}", parties.number));
    flow.paragraph(Style::PLAIN, &format!("甲方（采购方）：{}", parties.buyer));
    flow.paragraph(Style::PLAIN, &format!("乙方（供货方）：{}", parties.seller)).space(3.0);
    flow.paragraph(
        Style::BODY,
        "根据《中华人民共和国民法典》及有关法律法规的规定，甲乙双方本着平等、自愿、公平和诚实信用的原则，就甲方向\
         乙方采购货物事宜协商一致，订立本合同。",
    );
    flow.space(2.0).paragraph(Style::HEADING, "第一条 采购标的");
    flow.paragraph(Style::BODY, "甲方向乙方采购下列货物，价款含税、含运输及安装调试费用：").space(1.0);
    flow.table(&[1.0, 2.6, 4.2, 1.5, 2.2, 2.4], &GOODS);
    for (heading, text) in CLAUSES {
        flow.space(2.0).paragraph(Style::HEADING, heading);
        flow.paragraph(Style::BODY, text);
    }
    flow.space(10.0).keep(60.0).space(8.0);
    let (page_index, y_mm) = flow.position();
    let [buyer, seller] = [("甲方", parties.buyer), ("乙方", parties.seller)]
        .map(|(side, name)| [format!("{side}（盖章）："), name.to_owned(), format!("日期：{date}")]);
    flow.columns(&buyer.each_ref().map(String::as_str), &seller.each_ref().map(String::as_str));
    flow.end();
    // Over the name, a little right of the words 盖章.
    let [buyer, seller] = [55.0, 135.0].map(|x_mm| Spot { page_index, x_mm, y_mm: y_mm + 12.0 });
    (composer, buyer, seller)
}
