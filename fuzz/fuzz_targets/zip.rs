#![no_main]

use formats::zip::{Archive, DosTime, Limits, Rewrite};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(archive) = Archive::open(data, &Limits::default()) else { return };
    archive.check_contents();
    // What is copied is what was there.
    let modified = DosTime::from_timestamp(Default::default());
    let Ok(copy) = Rewrite::new(&archive, modified).finish() else { return };
    let copied = Archive::open(&copy, &Limits::default()).expect("a copy of an archive is an archive");
    for (old, new) in archive.entries().iter().zip(copied.entries()) {
        assert_eq!(old.name(), new.name());
        assert_eq!(archive.record(old), copied.record(new));
        assert_eq!(archive.read(old), copied.read(new));
    }
});
