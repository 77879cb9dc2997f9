/** The style sheet of the reference page; light and dark as the system says, and readable on a telephone. */
export const REFERENCE_STYLE = `:root { color-scheme: light dark; --line: #d4d8de; --soft: #f4f6f8; --text: #1b1f24; --link: #0a5bc4; --back: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #343b45; --soft: #1c2128; --text: #e6e9ee; --link: #78b0ff; --back: #12161b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); display: grid; gap: 0 2rem; grid-template-columns: minmax(0, 1fr); }
a { color: var(--link); }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
@media (min-width: 60rem) { body { grid-template-columns: 13rem minmax(0, 1fr); } header { grid-column: 1 / -1; } nav { position: sticky; top: 1rem; align-self: start; } nav ul { display: block; } nav li { margin: .35rem 0; } }
article { border-top: 1px solid var(--line); padding: .5rem 0 1rem; }
article h3 { font-size: 1.05rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; }
.audience { font-size: .9rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: .4rem; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
`;
