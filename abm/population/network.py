"""The graph of contacts as a sparse matrix; whoever is looked to need not look back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats
from abm.households import Households

Integers = NDArray[np.int32]

SAMPLED_FOR_CLUSTERING = 2_000


@dataclass(frozen=True)
class Adjacency:
    """Contacts as a sparse matrix in compressed rows."""

    indptr: Integers  # [n + 1] Contacts of household ``i`` are ``indices[indptr[i]:indptr[i + 1]]``
    indices: Integers  # [edges] Row numbers, rising within a household, each contact once

    @property
    def n_nodes(self) -> int:
        """Return the number of households."""
        return len(self.indptr) - 1

    def sources(self) -> Integers:
        """Return the household every edge starts from, int32[edges]."""
        return np.repeat(np.arange(self.n_nodes, dtype=np.int32), np.diff(self.indptr))


def adjacency(households: Households) -> Adjacency:
    """Return the contact graph; a contact named twice is one edge."""
    contacts = np.sort(np.asarray(households["contacts"]), axis=1)
    new = contacts >= 0
    new[:, 1:] &= contacts[:, 1:] != contacts[:, :-1]
    indptr = np.zeros(len(contacts) + 1, np.int32)
    np.cumsum(new.sum(axis=1), out=indptr[1:])
    return Adjacency(indptr, contacts[new].astype(np.int32))


def neighbours(edges: Adjacency) -> Adjacency:
    """Return the graph with every edge in both directions."""
    sources, targets = edges.sources().astype(np.int64), edges.indices.astype(np.int64)
    n = edges.n_nodes
    both = np.unique(np.concatenate([sources * n + targets, targets * n + sources]))
    indptr = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(both // n, minlength=n), out=indptr[1:])
    return Adjacency(indptr, (both % n).astype(np.int32))


def mean_clustering(both: Adjacency, sample: int = SAMPLED_FOR_CLUSTERING) -> float:
    """Return the mean local clustering of evenly spaced households; ``both`` holds both directions."""
    able = np.flatnonzero(np.diff(both.indptr) > 1)

    def near(i: int) -> NDArray[np.int32]:
        return both.indices[both.indptr[i] : both.indptr[i + 1]]

    shares = []
    for i in able[:: max(len(able) // sample, 1)]:
        around = set(near(i).tolist())
        pairs = sum(len(around.intersection(near(j).tolist())) for j in around)
        shares.append(pairs / (len(around) * (len(around) - 1)))
    return float(np.mean(shares)) if shares else 0.0


@dataclass(frozen=True)
class NetworkShape:
    """The contact graph in a few figures."""

    households: int
    contacts_mean: float  # Contacts per household
    same_origin_share: float  # Contacts from the same origin unit, and in the same host
    same_host_share: float
    # The first share if contacts in each host were drawn without regard to origin
    same_origin_by_chance: float
    looked_to_most: int  # Most households that look to one
    degree_quantiles: tuple[int, ...]  # Neighbours in either direction: minimum, quartiles and maximum
    clustering: float  # Mean local clustering, directions ignored
    clustering_by_chance: float  # What a random graph of this density would show
    # [H, 3] Mean contacts, share of the same origin and share of the same host, by host
    by_host: Floats


def network_shape(households: Households, n_hosts: int) -> NetworkShape:
    """Return the shape of the contact graph of households abroad."""
    edges = adjacency(households)
    sources, targets = edges.sources(), edges.indices
    place = households["place"].astype(np.int64)
    origin = households["origin"].astype(np.int64)
    same_origin = (origin[sources] == origin[targets]).astype(float)
    same_host = (place[sources] == place[targets]).astype(float)
    places = max(n_hosts, int(place.max(initial=0)) + 1)
    mix = np.zeros((places, int(origin.max(initial=0)) + 1))
    np.add.at(mix, (place, origin), 1.0)
    mix /= np.maximum(mix.sum(axis=1, keepdims=True), 1.0)
    rows = np.bincount(place, minlength=places).astype(float)
    out = np.bincount(place[sources], minlength=places).astype(float)

    def share(flags: Floats) -> Floats:
        inside = np.bincount(place[sources], weights=flags, minlength=places)
        return np.asarray(inside / np.maximum(out, 1.0))

    by_host = np.stack([out / np.maximum(rows, 1.0), share(same_origin), share(same_host)], axis=1)
    both = neighbours(edges)
    degree = np.diff(both.indptr)
    n = len(households)
    return NetworkShape(
        households=n,
        contacts_mean=len(targets) / max(n, 1),
        same_origin_share=float(same_origin.mean()) if len(targets) else 0.0,
        same_host_share=float(same_host.mean()) if len(targets) else 0.0,
        same_origin_by_chance=float(mix[place[targets], origin[sources]].mean()) if len(targets) else 0.0,
        looked_to_most=int(np.bincount(targets, minlength=1).max()),
        degree_quantiles=tuple(int(q) for q in np.quantile(degree, [0, 0.25, 0.5, 0.75, 1])) if n else (),
        clustering=mean_clustering(both),
        clustering_by_chance=float(degree.mean() / max(n - 1, 1)) if n else 0.0,
        by_host=by_host[:n_hosts],
    )
