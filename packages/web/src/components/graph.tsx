import { useId, useMemo, useRef, useState } from 'react';
import { layoutGraph, NODE_HEIGHT, NODE_WIDTH, relatedNodes } from '../lib/graph-layout.ts';
import { lookOf } from '../lib/status.ts';
import { Link } from './link.tsx';
import { StatusShape } from './status.tsx';
import { Elapsed } from './time.tsx';

export interface GraphItem {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly status: string;
  readonly started: number;
  readonly ended: number;
  readonly href: string;
  readonly isCurrent: boolean;
}

const MARGIN = 4;
const ZOOM_STEP = 0.2;

/** A drawing of what waits for what. Every node is a link; its name says what comes before it. */
export function Graph({ title, items }: { readonly title: string; readonly items: readonly GraphItem[] }) {
  const [active, setActive] = useState<string>();
  const [zoom, setZoom] = useState(1);
  const frame = useRef<HTMLElement>(null);
  const titleId = useId();
  const shape = JSON.stringify(items.map(({ id, dependsOn }) => ({ id, dependsOn })));
  const layout = useMemo(() => layoutGraph(JSON.parse(shape)), [shape]);
  const related = active === undefined ? undefined : relatedNodes(items, active);
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const fit = () => {
    const width = frame.current?.clientWidth ?? layout.width;
    setZoom(Math.min(1, Math.max(0.4, (width - 2 * MARGIN) / Math.max(1, layout.width))));
  };
  const width = layout.width + 2 * MARGIN;
  const height = layout.height + 2 * MARGIN;
  return (
    <section className="graph" aria-labelledby={titleId}>
      <div className="graph-head">
        <h2 id={titleId}>{title}</h2>
        <fieldset className="switch" aria-label={`Zoom of ${title}`}>
          <button
            type="button"
            onClick={() => setZoom((known) => Math.max(0.4, known - ZOOM_STEP))}
            aria-label="Zoom out"
          >
            −
          </button>
          <button type="button" onClick={fit}>
            Fit
          </button>
          <button
            type="button"
            onClick={() => setZoom((known) => Math.min(2, known + ZOOM_STEP))}
            aria-label="Zoom in"
          >
            +
          </button>
        </fieldset>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <section className="graph-frame" ref={frame} tabIndex={0} aria-label={`${title}, scrollable`}>
        <div className="graph-space" style={{ width: width * zoom, height: height * zoom }}>
          <div className="graph-drawing" style={{ width, height, transform: `scale(${zoom})` }}>
            <svg width={width} height={height} aria-hidden="true">
              <g transform={`translate(${MARGIN} ${MARGIN})`}>
                {layout.edges.map((edge) => (
                  <path
                    key={`${edge.from} ${edge.to}`}
                    d={edge.path}
                    data-dim={
                      (related !== undefined && !(related.has(edge.from) && related.has(edge.to))) ||
                      undefined
                    }
                  />
                ))}
              </g>
            </svg>
            <ul>
              {items.map((item) => {
                const place = places.get(item.id);
                if (place === undefined) return null;
                const style = {
                  left: place.x + MARGIN,
                  top: place.y + MARGIN,
                  width: NODE_WIDTH,
                  height: NODE_HEIGHT,
                };
                return (
                  <li
                    key={item.id}
                    style={style}
                    data-dim={(related !== undefined && !related.has(item.id)) || undefined}
                  >
                    <GraphLink item={item} setActive={setActive} />
                  </li>
                );
              })}
            </ul>
          </div>
        </div>
      </section>
    </section>
  );
}

interface GraphLinkProps {
  readonly item: GraphItem;
  readonly setActive: (id: string | undefined) => void;
}

function GraphLink({ item, setActive }: GraphLinkProps) {
  return (
    <Link
      href={item.href}
      className="node"
      data-tone={lookOf(item.status).tone}
      aria-current={item.isCurrent ? 'true' : undefined}
      onMouseEnter={() => setActive(item.id)}
      onMouseLeave={() => setActive(undefined)}
      onFocus={() => setActive(item.id)}
      onBlur={() => setActive(undefined)}
    >
      <StatusShape status={item.status} speaks />
      <span className="node-name">{item.id}</span>
      <Elapsed started={item.started} ended={item.ended} />
      {item.dependsOn.length > 0 && <span className="sr-only">, after {item.dependsOn.join(', ')}</span>}
    </Link>
  );
}
