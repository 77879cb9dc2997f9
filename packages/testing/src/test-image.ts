/** The image of tests that need Docker or Podman: busybox, made by scripts/make-test-image.sh. */
export const TEST_IMAGE = 'sortie-busybox:1';
