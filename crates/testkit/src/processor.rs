//! Processor time of processes and of the machine, from `/proc` (Linux; zero elsewhere). It is told in hundredths of a
//! second.

use std::path::Path;
use std::time::Duration;

/// One unit of the times in `/proc`, in milliseconds.
const TICK: u64 = 10;

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(TICK))
}

/// One line of `/proc/…/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    name: String,
    parent: u32,
    /// Its own, user and system.
    own: Duration,
    /// Of children that ended and were waited for.
    ended: Duration,
}

impl Stat {
    fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    /// The name stands in brackets and may hold brackets and spaces itself.
    fn parse(line: &str) -> Option<Self> {
        let (before, after) = line.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let fields: Vec<&str> = after.split_whitespace().collect();
        // Fields are numbered from the one after the name: 0 the state, 1 the parent, 11 and 12 user and system.
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok().map(time);
        Some(Self {
            name,
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(11)? + ticks(12)?,
            ended: ticks(13)? + ticks(14)?,
        })
    }
}

/// Of a process, all its threads together.
pub fn of_process(id: u32) -> Duration {
    Stat::read(Path::new(&format!("/proc/{id}/stat"))).map(|stat| stat.own).unwrap_or_default()
}

/// Of the threads of a process whose name begins so; the system keeps fifteen octets of a name.
pub fn of_threads(id: u32, name: &str) -> Duration {
    let threads = entries(&format!("/proc/{id}/task"));
    let times = threads.filter_map(|thread| Stat::read(&thread.join("stat")));
    times.filter(|stat| stat.name.starts_with(name)).map(|stat| stat.own).sum()
}

/// Of a process and its children, ended ones too.
pub fn of_family(id: u32) -> Duration {
    let children = entries("/proc").filter_map(|process| Stat::read(&process.join("stat")));
    let own = Stat::read(Path::new(&format!("/proc/{id}/stat")));
    let own = own.map(|stat| stat.own + stat.ended).unwrap_or_default();
    own + children.filter(|stat| stat.parent == id).map(|stat| stat.own).sum::<Duration>()
}

/// Of the children of a process that have `word` in their command line, as a PostgreSQL server's processes have the
/// database that they work for.
pub fn of_children(id: u32, word: &str) -> Duration {
    let mut sum = Duration::ZERO;
    for process in entries("/proc") {
        let child = Stat::read(&process.join("stat")).filter(|stat| stat.parent == id);
        let line = child.as_ref().and_then(|_| std::fs::read(process.join("cmdline")).ok());
        if let (Some(child), Some(line)) = (child, line)
            && String::from_utf8_lossy(&line).contains(word)
        {
            sum += child.own;
        }
    }
    sum
}

/// The parent of a process.
pub fn parent(id: u32) -> Option<u32> {
    Stat::read(Path::new(&format!("/proc/{id}/stat"))).map(|stat| stat.parent)
}

fn entries(folder: &str) -> impl Iterator<Item = std::path::PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// What all processors of the machine did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Machine {
    /// Worked, for whomever.
    pub busy: Duration,
    /// Had nothing to do while something waited for a disk.
    pub disk: Duration,
    /// Had nothing to do.
    pub idle: Duration,
}

impl Machine {
    /// As it is now.
    pub fn now() -> Self {
        std::fs::read_to_string("/proc/stat").ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks = line.split_whitespace().map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok()?;
        // user, nice, system, idle, waiting for disks, interrupts (two kinds), stolen by other machines, and two that
        // are in user and nice already.
        let [user, nice, system, idle, disk, hard, soft, stolen, ..] = *ticks.as_slice() else { return None };
        let busy = [user, nice, system, hard, soft, stolen].map(time).iter().sum();
        Some(Self { busy, disk: time(disk), idle: time(idle) })
    }

    /// What was done since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            busy: self.busy.saturating_sub(before.busy),
            disk: self.disk.saturating_sub(before.disk),
            idle: self.idle.saturating_sub(before.idle),
        }
    }

    /// The share of the time that the processors worked, and the share that they had nothing to do while something
    /// waited for a disk.
    pub fn shares(self) -> (f64, f64) {
        let all = (self.busy + self.disk + self.idle).as_secs_f64();
        if all == 0.0 {
            return (0.0, 0.0);
        }
        (self.busy.as_secs_f64() / all, self.disk.as_secs_f64() / all)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_name_may_hold_anything() {
        let line = "42 (a) (b c) S 7 42 42 0 -1 4194304 1 2 3 4 250 50 6 4 20 0 8 0 123 456 789";
        let stat = Stat { name: "a) (b c".to_owned(), parent: 7, own: 3000 * MILLI, ended: 100 * MILLI };
        assert_eq!(Stat::parse(line), Some(stat));
        assert_eq!(Stat::parse("42 (short) S 7"), None);
        assert_eq!(Stat::parse("nothing"), None);
    }

    #[test]
    fn the_machine() {
        let before = Machine::parse("cpu  100 0 0 1000 50 0 0 0 0 0\ncpu0 1 2 3\n").unwrap();
        let after = Machine::parse("cpu  130 5 5 1050 60 1 3 6 99 99\n").unwrap();
        let done = after.since(before);
        assert_eq!(done, Machine { busy: 500 * MILLI, disk: 100 * MILLI, idle: 500 * MILLI });
        let (busy, disk) = done.shares();
        assert!((busy - 0.4545).abs() < 0.001 && (disk - 0.0909).abs() < 0.001, "{busy} {disk}");
        assert_eq!(Machine::parse("intr 1 2"), None);
    }

    /// The same work as seen by a thread's name and in the whole process.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_works_is_seen() {
        let (me, until) = (std::process::id(), Instant::now() + Duration::from_secs(20));
        let before = of_process(me);
        let work = move || {
            while of_threads(me, "hard-worker") < 50 * MILLI && Instant::now() < until {}
            (of_threads(me, "hard-worker"), of_process(me), of_threads(me, "nobody"))
        };
        let named = std::thread::Builder::new().name("hard-worker".to_owned());
        let (thread, process, nobody) = named.spawn(work).unwrap().join().unwrap();
        assert!(thread >= 50 * MILLI, "{thread:?}");
        assert!(process >= before + thread.saturating_sub(20 * MILLI), "{process:?} {before:?} {thread:?}");
        assert_eq!(nobody, Duration::ZERO);
        assert!(parent(me).is_some());
    }

    /// A child counts while it runs and when it is gone.
    #[cfg(target_os = "linux")]
    #[test]
    fn children_count() {
        let me = std::process::id();
        let own = of_process(me);
        let mut child = std::process::Command::new("sh");
        let mut child = child.args(["-c", "while :; do :; done", "a-child-like-no-other"]).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while of_process(child.id()) < 100 * MILLI && Instant::now() < until {
            std::thread::sleep(5 * MILLI);
        }
        let running = of_family(me);
        let by_word = ["a-child-like-no-other", "nobody-is-called-so"].map(|word| of_children(me, word));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(running >= own + 100 * MILLI, "{running:?} {own:?}");
        assert!(by_word[0] >= 100 * MILLI && by_word[1].is_zero(), "{by_word:?}");
        assert!(of_family(me) >= running, "{:?} {running:?}", of_family(me));
    }
}
