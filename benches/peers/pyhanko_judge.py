"""pyHanko (https://github.com/MatthiasValvekens/pyHanko) as a peer of `cargo xtask bench pdf`.

lines ROOT.pem        the lines of crates/verify/benches/common/peer.rs: `hello FILE`, `round MILLIS`
once ROOT.pem FILE    judges every signature of a file and ends
time COMMAND ...      runs a command, and prints the median of its wall time in seconds and its largest resident kB;
                      five times where it takes less than two seconds, once where it takes more
"""
import os
import sys
import time


def trust(root):
    from asn1crypto import pem, x509
    from pyhanko_certvalidator import ValidationContext

    with open(root, "rb") as file:
        certificate = x509.Certificate.load(pem.unarmor(file.read())[2])
    return lambda: ValidationContext(trust_roots=[certificate], allow_fetching=False)


def judge(path, context):
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    with open(path, "rb") as file:
        signatures = PdfFileReader(file).embedded_signatures
        for signature in signatures:
            status = validate_pdf_signature(signature, context())
            if not (status.intact and status.valid and status.trusted):
                raise SystemExit(f"pyHanko does not accept {path}: {status.summary()}")
        if not signatures:
            raise SystemExit(f"pyHanko finds no signature in {path}")


def lines(root):
    context, path = trust(root), None
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "hello":
            path = rest
            for _ in range(3):
                judge(path, context)
            print("hello pyHanko", flush=True)
        elif word == "round":
            end = time.monotonic() + int(rest) / 1000
            before, count = time.thread_time_ns(), 0
            while count == 0 or time.monotonic() < end:
                judge(path, context)
                count += 1
            print("round", count, time.thread_time_ns() - before, flush=True)
        else:
            print("not understood", flush=True)


def run(command):
    quiet = os.open(os.devnull, os.O_WRONLY)
    before = time.monotonic()
    child = os.fork()
    if child == 0:
        os.dup2(quiet, 1)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - before
    if status != 0:
        raise SystemExit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss


def timed(command):
    runs = [run(command)]
    while runs[0][0] < 2 and len(runs) < 5:
        runs.append(run(command))
    seconds = sorted(seconds for seconds, _ in runs)
    print(seconds[len(seconds) // 2], max(memory for _, memory in runs))


if __name__ == "__main__":
    verb, args = sys.argv[1], sys.argv[2:]
    if verb == "lines":
        lines(args[0])
    elif verb == "once":
        judge(args[1], trust(args[0]))
    else:
        timed(args)
