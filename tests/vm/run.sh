#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots Debian's kernel in QEMU and runs pytest in it; ends as pytest does.
#
#   tests/vm/run.sh PYTEST_ARGUMENTS...
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=linux-image-cloud-amd64
memory=6G
longest_s=3000
modules=(drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_modern_dev
    drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci fs/fuse/fuse fs/fuse/virtiofs
    fs/overlayfs/overlay)

work=$(mktemp -d)
files=
trap 'kill "$files" 2>/dev/null || true; rm -rf "$work"' EXIT

# The kernel is unpacked, not installed: it is not this computer's.
package=$(apt-cache depends "$kernel" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
chmod 755 "$work"
(cd "$work" && apt-get download --quiet "$package" >/dev/null && dpkg -x ./*.deb unpacked)
tree=$(echo "$work"/unpacked/lib/modules/*/kernel)

first=$work/first
mkdir -p "$first"/{bin,modules,host,changes,top,proc,sys,dev}
cp /bin/busybox "$first/bin/"
for module in "${modules[@]}"; do cp "$tree/$module.ko" "$first/modules/"; done
cat >"$first/init" <<INIT
#!/bin/busybox sh
set -e
b=/bin/busybox
\$b mount -t proc proc /proc
\$b mount -t sysfs sys /sys
\$b mount -t devtmpfs dev /dev
for module in ${modules[*]##*/}; do \$b insmod /modules/\$module.ko; done
\$b mount -t virtiofs host /host
\$b mount -t tmpfs -o size=2g tmpfs /changes
\$b mkdir /changes/upper /changes/work
\$b mount -t overlay overlay -o lowerdir=/host,upperdir=/changes/upper,workdir=/changes/work /top
for folder in proc sys dev; do \$b mount --move /\$folder /top/\$folder; done
exec \$b switch_root /top "$PWD/tests/vm/inside.sh" "$PWD" $(printf '%q ' "$@")
INIT
chmod +x "$first/init"
(cd "$first" && find . | cpio --create --format=newc --quiet | gzip >"$work/first.gz")

/usr/lib/qemu/virtiofsd --socket-path="$work/files" -o source=/ -o cache=auto -o sandbox=chroot \
    >"$work/files.log" 2>&1 &
files=$!
until [[ -S $work/files ]]; do sleep 0.1; done
timeout "$longest_s" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" \
    -object "memory-backend-memfd,id=memory,size=$memory,share=on" -numa node,memdev=memory \
    -chardev "socket,id=files,path=$work/files" -device vhost-user-fs-pci,chardev=files,tag=host \
    -kernel "$(echo "$work"/unpacked/boot/vmlinuz-*)" -initrd "$work/first.gz" \
    -append "console=ttyS0 quiet panic=-1" -nographic -no-reboot </dev/null | tee "$work/said"
grep -q '^vm: passed' "$work/said"
