import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * Adds the one blocking script of the page: it sets the stored theme before the first paint. Vite bundles only
 * module scripts, and those run too late; an inline script would need a hole in the content security policy.
 */
function themeBoot(): Plugin {
  const source = readFileSync(fileURLToPath(new URL('src/theme-boot.js', import.meta.url)), 'utf8');
  const fileName = `assets/theme-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
  return {
    name: 'sortie-theme-boot',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source });
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `./${fileName}` }, injectTo: 'head-prepend' }],
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, since the server may be below a path; it completes the addresses of the page when it sends it.
  base: './',
  plugins: [react(), tailwind(), themeBoot()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    target: ['chrome123', 'firefox121', 'safari17.5', 'edge123'],
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
