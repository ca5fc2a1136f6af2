//! Recomputing the evidence log.

use platform::evidence::{self, AuditReport};

use super::args::LookArgs;
use super::{app_id, look, told};
use crate::outcome::{About, End, Outcome};
use crate::serve::platform::read_config;

/// Ends 0 when the log is whole, 1 when it is not.
pub(super) async fn audit(args: &LookArgs) -> Outcome {
    let id = app_id(&read_config(&args.site.config)?.platform.id)?;
    let database = look(&args.site.config).await?;
    let report = told(evidence::audit_signed(&database, &id).await)?;
    if args.json {
        say!("{}", serde_json::to_string(&report).about("report")?);
    } else {
        print(&report);
    }
    Ok(if report.good { End::Good } else { End::Bad })
}

fn print(report: &AuditReport) {
    say!("存证日志 evidence log: {} 条 entries", report.entries);
    if report.floor > 0 {
        say!(
            "自第 {} 条起，此前已按存储期限移出 begins at {}, what was before is taken out",
            report.floor + 1,
            report.floor + 1
        );
    }
    for (kind, count) in &report.kinds {
        say!("  {count:>8}  {kind}");
    }
    say!("最后一条 last entry: {} SM3 {}", report.last_seq, report.last_hash);
    say!("检查点 checkpoints: {}", report.checkpoints);
    if report.good {
        say!("完整 whole: 每条记录与链均相符 every entry and the chain add up");
        say!("hint: keep the last entry's number and SM3 elsewhere; a later audit has to find them again");
        return;
    }
    let (seq, fault) = (report.first_wrong.unwrap_or_default(), report.fault.unwrap_or_default());
    say!("不完整 NOT whole: {} 处 faults; 第一处 the first at entry {seq}: {fault}", report.fault_count);
    say!(
        "hint: stop changing this database, keep a copy, and compare with backups and copies kept elsewhere"
    );
}
