// ofdrw (https://github.com/ofdrw/ofdrw) as a peer of `cargo xtask bench ofd`: judges one file with a seal of
// GB/T 38540 in a warm virtual machine. The lines are those of crates/verify/benches/common/peer.rs. Time is processor
// time of the one thread that judges; compiling and collecting garbage, which other threads do, is not counted.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

public class Ofdrw {
    private static final int WARM_ROUNDS = 600;

    private static void judge(Path file) throws Exception {
        try (OFDReader reader = new OFDReader(file); OFDValidator validator = new OFDValidator(reader)) {
            validator.setValidator(new SESV4ValidateContainer());
            validator.exeValidate();
        }
    }

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        Path file = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("hello ")) {
                file = Paths.get(line.substring(6));
                for (int i = 0; i < WARM_ROUNDS; i++) {
                    judge(file);
                }
                System.out.println("hello ofdrw");
            } else if (line.startsWith("round ")) {
                long end = System.nanoTime() + Long.parseLong(line.substring(6)) * 1_000_000L;
                long before = threads.getCurrentThreadCpuTime();
                int count = 0;
                while (System.nanoTime() < end) {
                    judge(file);
                    count++;
                }
                System.out.println("round " + count + " " + (threads.getCurrentThreadCpuTime() - before));
            } else {
                System.out.println("not understood");
            }
        }
    }
}
