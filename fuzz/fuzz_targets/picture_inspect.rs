#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // Whatever is believed has a size that a picture can have.
    if let Ok(info) = picture::inspect(data) {
        assert!((1..=picture::MAX_SIDE_PX).contains(&info.width_px));
        assert!((1..=picture::MAX_SIDE_PX).contains(&info.height_px));
    }
});
