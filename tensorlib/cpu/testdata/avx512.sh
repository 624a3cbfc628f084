#!/usr/bin/env bash
# Runs the tests of this package on a processor with AVX-512 that is emulated, for machines that have none.
#
#   bash tensorlib/cpu/testdata/avx512.sh [go test -run pattern]
#
# The test binary boots in Bochs (an Intel Skylake-X with 1 GiB) under Debian's cloud kernel, with nothing but busybox beside
# it; what it prints appears as it runs, and its exit status is the script's. The default pattern is all that AVX-512 is for.
# That is about 15 minutes of one core, the first of them to boot; a pattern like Twins takes two.
# The emulator checks results, not speed: it runs some 10⁸ instructions a second, and durations are those of its own clock.
#
# It needs Debian (tried with 12), Go and the packages that it names when they are missing; the kernel comes by apt-get download.
#
#   PACKAGE=./tensorlib    tests another package, if its tests need nothing outside its folder (default ./tensorlib/cpu)
#   ARGS='-test.short'     further arguments of the test binary (default -test.short, which leaves the plain Go kernels out)
#   VMLINUZ=/path          a Linux kernel with a serial console, instead of the download
#   CPU=tigerlake          another processor of `bochs --help cpu`
set -euo pipefail

pattern=${1:-'Twins|TestExpExact|TestWeighNotFinite|TestDevice/avx512'}
package=${PACKAGE:-./tensorlib/cpu}
hz=50000000 # the emulated clock: instructions in a second of the guest

missing=
need() { # package, and the file or command of it that is used
	[ -e "$2" ] || command -v "$2" >/dev/null || missing+=" $1"
}
isolinux=/usr/lib/ISOLINUX/isolinux.bin ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32
bios=/usr/share/bochs/BIOS-bochs-latest vga=/usr/share/bochs/VGABIOS-lgpl-latest
need bochs bochs-bin
need bochs-term "$(echo /usr/lib/*/bochs/plugins/libbx_term_gui.so)"
need bochsbios $bios
need vgabios $vga
need busybox-static busybox
need isolinux $isolinux
need syslinux-common $ldlinux
need xorriso xorriso
need cpio cpio
[ -z "$missing" ] || { echo "avx512.sh: install first: apt-get install --no-install-recommends$missing" >&2; exit 2; }

t=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2>/dev/null || true; rm -rf "$t"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$t"/root/{bin,proc,sys,dev,tmp} "$t/iso"

vmlinuz=${VMLINUZ:+$(realpath "$VMLINUZ")}
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go test -c -tags noserver -ldflags='-s -w' -o "$t/root/tests" "$package"
cp -R "$package" "$t/root/package"

if [ -z "$vmlinuz" ]; then
	kernel=$(apt-cache depends linux-image-cloud-amd64 2>"$t/apt" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n1 || true)
	[ -n "$kernel" ] && (cd "$t" && apt-get download -qq "$kernel" 2>"$t/apt") ||
		{ echo "avx512.sh: no kernel of linux-image-cloud-amd64: run apt-get update, or set VMLINUZ" >&2; cat "$t/apt" >&2 || true; exit 2; }
	dpkg-deb --fsys-tarfile "$t"/linux-image-*.deb | tar -x -C "$t" --wildcards './boot/vmlinuz-*'
	vmlinuz=$(echo "$t"/boot/vmlinuz-*)
fi
cp "$vmlinuz" "$t/iso/vmlinuz"

# The first process: it tests and turns the machine off.
cp "$(command -v busybox)" "$t/root/busybox"
printf '%s' "$pattern" >"$t/root/pattern"
cat >"$t/root/init" <<END
#!/busybox sh
/busybox --install -s /bin
export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
flags=\$(grep -m1 ^flags /proc/cpuinfo | tr ' ' '\n' | grep ^avx512 | tr '\n' ' ')
echo "\$(grep -m1 '^model name' /proc/cpuinfo | cut -d: -f2): \$flags"
case "\$flags" in
*avx512f*avx512bw*avx512vl*) cd /package; /tests -test.v -test.timeout=0 ${ARGS--test.short} -test.run="\$(cat /pattern)" ;;
*) echo "the emulated processor has no AVX-512"; false ;;
esac
echo "exit status \$?"
sleep 1
poweroff -f
END
chmod +x "$t/root/init"
(cd "$t/root" && find . | cpio -o -H newc --quiet) >"$t/iso/initrd"

# Bochs' size of the compacted XSAVE area is wrong, whereupon Linux turns AVX off; so it is not to use that one.
cp $isolinux $ldlinux "$t/iso"
cat >"$t/iso/isolinux.cfg" <<END
DEFAULT linux
LABEL linux
KERNEL /vmlinuz
APPEND initrd=/initrd console=ttyS0 loglevel=0 clearcpuid=xsaves,xsavec mitigations=off nokaslr tsc=reliable tsc_early_khz=$((hz / 1000)) panic=-1 reboot=t
END
xorriso -as mkisofs -quiet -o "$t/boot.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$t/iso" 2>/dev/null
cat >"$t/bochsrc" <<END
display_library: term
megs: 1024
cpu: model=${CPU:-corei7_skylake_x}, ips=$hz, reset_on_triple_fault=0
clock: sync=none
romimage: file=$bios
vgaromimage: file=$vga
vga: update_freq=1
ata0-master: type=cdrom, path=$t/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=/dev/fd/3
log: $t/log
panic: action=fatal
END
echo c >"$t/continue" # Debian's Bochs has its debugger built in, which waits for this
TERM=xterm nice -n 10 bochs-bin -q -f "$t/bochsrc" -rc "$t/continue" 3>&1 >"$t/screen" 2>&1 </dev/null | sed -u 's/\r$//' | tee "$t/serial" &
wait $! || true
status=$(sed -n 's/^exit status \([0-9]*\)$/\1/p' "$t/serial" | tail -n1)
if [ -z "$status" ]; then
	echo "avx512.sh: the emulated machine stopped before its tests did:" >&2
	grep -h -E '>>PANIC<<|PANIC|Kernel panic' "$t/log" "$t/serial" | tail -n5 >&2
	exit 1
fi
exit "$status"
