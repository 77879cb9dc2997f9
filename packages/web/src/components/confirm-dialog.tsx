import { type ReactNode, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Text of the button that does it; starts with a verb. */
  readonly confirmLabel: string;
  readonly keepLabel: string;
  readonly confirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back; stays open with the reason when it fails. */
export function ConfirmDialog({
  title,
  children,
  confirmLabel,
  keepLabel,
  confirm,
  onClose,
}: ConfirmDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async () => {
    setBusy(true);
    try {
      await confirm();
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {error !== undefined && <Problem what="That did not work" error={error} />}
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          {keepLabel}
        </button>
        <button type="button" className="button danger" disabled={isBusy} onClick={() => void run()}>
          {confirmLabel}
        </button>
      </div>
    </Dialog>
  );
}
