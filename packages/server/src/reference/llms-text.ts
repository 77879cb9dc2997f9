import { SCOPES } from '@sortie/core/token';
import type { PageInput } from './api-page.ts';
import { audienceOf, fieldsOf } from './describe.ts';
import { groupBySubject } from './groups.ts';

/** The interface in a form that fits into an agent's context: how to work with it, then one line per operation. */
export function renderLlmsText({ routes, publicUrl, version }: PageInput): string {
  const groups = [...groupBySubject(routes)].map(([subject, members]) => {
    const lines = members.map((route) => {
      const names = [...fieldsOf(route.query), ...fieldsOf(route.body)].map(
        (field) => `${field.name}${field.isRequired ? '' : '?'}`,
      );
      const given = names.length === 0 ? '' : ` (${names.join(', ')})`;
      return `- ${route.method} ${route.path}${given}: ${route.summary}. For ${audienceOf(route)}.`;
    });
    return `## ${subject}\n\n${lines.join('\n')}\n`;
  });
  return `# Sortie ${version}

> A self-hosted CI/CD server. It speaks the HTTP API of Drone CI, version 1, and more. This server is ${publicUrl}.

- OpenAPI 3.1: ${publicUrl}/api/openapi.json
- Reference: ${publicUrl}/docs/api

## How to work with it

- Authenticate with \`Authorization: Bearer TOKEN\`. Scopes of tokens: ${Object.keys(SCOPES).join(', ')}.
- Bodies are JSON or form fields; times are unix seconds; build, stage and step are numbers from 1.
- Errors are problems (RFC 9457). Decide by \`error_code\`, which is stable; \`hint\` says what to do.
- Start a build: POST /api/repos/OWNER/NAME/builds?branch=main with an \`Idempotency-Key\` header. A repeat with the same
  key gives the same build, so retry freely. When nothing is built the answer is 422 with the reason as \`error_code\`.
- Wait: GET /api/repos/OWNER/NAME/builds/N?wait=60&until=finished answers as soon as the build is done, or after 60 s with
  the build as it is; the header \`X-Wait\` says which. \`until\` may also be \`running\` or a \`sequence\` of the build.
- Why does it wait: \`stages[].waiting_for\` of a build. Why did it fail: GET …/builds/N/summary.
- Logs: GET …/builds/N/logs/STAGE/STEP, or with \`?format=text\` as raw bytes (\`Range\` works). A step that has not begun
  answers 404 with \`step_status\`.
- Rotate a secret: PATCH /api/repos/OWNER/NAME/secrets/SECRET with \`{"data": "…"}\`; in many repositories at once:
  POST /api/secrets/rotate. Values are never returned.
- Bulk calls take \`dry_run\`: POST /api/builds/cancel, POST /api/repos/activate, DELETE and POST /api/queue.

${groups.join('\n')}`;
}
