#!/busybox sh
# From the kernel's first file system, where no process can have mounts of its own, to one in memory where it can; then systemd.
export PATH=/usr/sbin:/usr/bin
/busybox mount -t devtmpfs dev /dev 2>/dev/null
/busybox mount -t proc proc /proc
for module in $(/busybox cat /lab/modules); do /busybox modprobe -q "$module"; done
/busybox umount /proc
/busybox mkdir /sysroot
/busybox mount -t tmpfs -o mode=755,size=90% root /sysroot
for each in bin sbin lib lib64 etc var lab srv root usr; do /busybox mv /$each /sysroot/ 2>/dev/console; done
/busybox mkdir -p /sysroot/dev /sysroot/proc /sysroot/sys /sysroot/run /sysroot/tmp
/busybox mount -o move /dev /sysroot/dev
exec /busybox switch_root /sysroot /lib/systemd/systemd
