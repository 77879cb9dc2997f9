#!/bin/sh
# Makes the image that the Docker tests run: a static busybox and nothing else, so that no registry is needed.
# Usage: scripts/make-test-image.sh [--force]. Needs docker, tar and a static busybox (package busybox-static).
set -eu

image=sortie-busybox:1

if [ "${1:-}" != --force ] && docker image inspect "$image" >/dev/null 2>&1; then
  echo "$image is there already"
  exit 0
fi

busybox=$(command -v busybox) || {
  echo 'busybox is missing; install the package busybox-static' >&2
  exit 1
}

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/tmp" "$root/var"
chmod 755 "$root"
chmod 1777 "$root/tmp"
cp "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r applet; do
  [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"

tar -C "$root" --numeric-owner --owner=0 --group=0 -cf - . |
  docker import --change 'ENV PATH=/bin' --change 'CMD ["/bin/sh"]' - "$image" >/dev/null
docker run --rm --network none "$image" /bin/true || {
  echo "$image does not run; is $busybox linked statically?" >&2
  exit 1
}
echo "$image made"
