"""The simulated world: one catalogue, and the people and playlists that change."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from auxcord.simulator.world.catalogue import Catalogue
from auxcord.simulator.world.finder import Finder
from auxcord.simulator.world.generation import MusicMaker
from auxcord.simulator.world.people import Person, Sketch
from auxcord.simulator.world.population import SKETCHES, PlaylistMaker
from auxcord.simulator.world.search import NAME, WordIndex
from auxcord.simulator.world.shelf import Shelf
from auxcord.simulator.world.spoken import make_spoken

if TYPE_CHECKING:
    from auxcord.simulator.world.playlists import Playlist

ARTISTS = 360


@lru_cache(maxsize=4)
def catalogue_for(seed: int) -> tuple[Catalogue, Finder]:
    """Make the catalogue of a seed and its search; kept, since nothing ever changes it."""
    catalogue = Catalogue()
    MusicMaker(seed, catalogue, ARTISTS).make()
    make_spoken(seed, catalogue)
    return catalogue, Finder(catalogue)


class World:
    """Everything there is, the same for the same seed. People's things belong to this one world.

    Args:
        seed: Decides every name, id, library and playlist.
        born: The simulator's time at the start, unix seconds.
    """

    def __init__(self, seed: int, born: float) -> None:
        self.seed = seed
        self._born = born

    @cached_property
    def catalogue(self) -> Catalogue:
        """What can be played."""
        return catalogue_for(self.seed)[0]

    @cached_property
    def finder(self) -> Finder:
        """Search over the catalogue."""
        return catalogue_for(self.seed)[1]

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody, by handle."""
        return {sketch.handle: self._person(sketch) for sketch in SKETCHES}

    @cached_property
    def playlists(self) -> dict[str, Playlist]:
        """Every playlist, by id. Asking for it also fills everybody's list of playlists."""
        maker = PlaylistMaker(self.seed, self.catalogue)
        made = maker.make()
        for handle, ids in maker.rootlists.items():
            self.people[handle].playlists = Shelf((key, -float(place)) for place, key in enumerate(ids))
        return made

    @cached_property
    def playlist_index(self) -> WordIndex[Playlist]:
        """Search over public playlists; kept up to date by `reindex`."""
        index: WordIndex[Playlist] = WordIndex()
        for playlist in self.playlists.values():
            if playlist.public:
                index.add(playlist, 0, [(NAME, playlist.name)])
        return index

    def reindex(self, playlist: Playlist) -> None:
        """Let search know that a playlist is new, renamed, hidden or shown."""
        self.playlist_index.remove(playlist)
        if playlist.public:
            self.playlist_index.add(playlist, 0, [(NAME, playlist.name)])

    def rootlist(self, person: Person) -> Shelf:
        """Give the playlists a person owns or follows, newest first."""
        _ = self.playlists
        return person.playlists

    def person_by_user_id(self, user_id: str) -> Person | None:
        """Find somebody by Spotify user id."""
        return self._by_user_id.get(user_id)

    def add_person(self, sketch: Sketch) -> Person:
        """Let somebody new move in."""
        person = self._person(sketch)
        self.people[person.handle] = person
        self._by_user_id[person.user_id] = person
        return person

    @cached_property
    def _by_user_id(self) -> dict[str, Person]:
        return {person.user_id: person for person in self.people.values()}

    def _person(self, sketch: Sketch) -> Person:
        return Person(sketch, self.seed, self.catalogue, sketch.premium, sketch.country, self._born)
