import { Component, type ReactNode } from 'react';

interface CrashBoundaryProps {
  readonly children: ReactNode;
}

interface CrashBoundaryState {
  readonly error: Error | undefined;
}

/** Catches what goes wrong while drawing; a missing piece of the program means that the server was updated. */
export class CrashBoundary extends Component<CrashBoundaryProps, CrashBoundaryState> {
  override state: CrashBoundaryState = { error: undefined };

  static getDerivedStateFromError(error: unknown): CrashBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const isUpdate = /dynamically imported module|module script/i.test(error.message);
    return (
      <section className="notice" role="alert">
        <h1>{isUpdate ? 'A part of the page could not be loaded' : 'This page has crashed'}</h1>
        <p>
          {isUpdate
            ? 'The server may have been updated while the page was open. Loading it again brings the new version.'
            : 'Loading it again usually helps. If it comes back, report the text below.'}
        </p>
        {!isUpdate && <pre className="snippet">{`${error.name}: ${error.message}`}</pre>}
        <button type="button" className="button primary" onClick={() => window.location.reload()}>
          Load again
        </button>
      </section>
    );
  }
}
