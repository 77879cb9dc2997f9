import { useShortcuts } from '../hooks/shortcuts.tsx';
import { Dialog } from './dialog.tsx';

/** All shortcuts of the page, and the switch that turns them off. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const { groups, isOn, setOn } = useShortcuts();
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {[...groups].map(([group, actions]) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl className="keys">
            {actions
              .filter((action) => action.shortcut !== undefined)
              .map((action) => (
                <div key={action.id}>
                  <dt>{action.label}</dt>
                  <dd>
                    {action.shortcut?.split(' ').map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
      <label className="check">
        <input type="checkbox" checked={isOn} onChange={(event) => setOn(event.target.checked)} />
        Single keys work as shortcuts
      </label>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
