# SPDX-License-Identifier: Apache-2.0
"""support/gitupdate.sh: clones follow their sources, and nothing of the user's is lost."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import git as own_git
from spinnlab.git_kernel import merging, mirrors, status, update
from spinnlab.git_kernel.place import Place
from spinnlab.git_kernel.sources import Source

from .conftest import GitHome, commit, git, repository


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Two clones, `alpha` and `beta`, of repositories below `sources`; no environment."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A Person")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "person@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "sPyNNakerGit"
    folder.mkdir()
    listed = []
    for name in ("alpha", "beta"):
        source = repository(tmp_path / "sources" / name, {"one.txt": "1\n", "two.txt": "2\n"})
        listed.append(Source(name, str(source)))
        own_git.clone(str(source), folder / name, None)
    return Place(folder, tuple(listed), {}, (), True, "", "")


def source_of(place: Place, name: str) -> Path:
    return place.folder.parent / "sources" / name


def run(place: Place, branch: str | None = None, *, every: bool = False) -> list[str]:
    said: list[str] = []
    update.update(place, branch, said.append, every=every)
    return said


def test_both_follow_their_sources(place: Place) -> None:
    assert run(place) == ["alpha: main, up to date", "beta: main, up to date"]
    commit(source_of(place, "alpha"), {"one.txt": "11\n"})
    commit(source_of(place, "alpha"), {"three.txt": "3\n"})
    assert status.of_clone(place.folder / "alpha").text().endswith("2 behind")
    assert (place.folder / "alpha" / "one.txt").read_text() == "1\n", "asking changes nothing"
    assert run(place)[0] == "alpha: main, 2 new commits"
    assert (place.folder / "alpha" / "one.txt").read_text() == "11\n"


def test_own_commits_and_changes_stay(place: Place) -> None:
    clone = place.folder / "alpha"
    commit(clone, {"own.txt": "mine\n"})
    own = git(clone, "rev-parse", "HEAD")
    (clone / "two.txt").write_text("not committed\n")
    (clone / "new.txt").write_text("not even added\n")
    commit(source_of(place, "alpha"), {"one.txt": "11\n"})
    found = status.of_clone(clone)
    assert (found.behind, found.ahead, found.changed) == (1, 1, 2)
    assert "1 behind, 1 ahead, 2 files not committed" in found.text()
    run(place)
    assert git(clone, "merge-base", "--is-ancestor", own, "HEAD") == ""
    assert (clone / "one.txt").read_text() == "11\n"
    assert (clone / "own.txt").read_text() == "mine\n"
    assert (clone / "two.txt").read_text() == "not committed\n"
    assert (clone / "new.txt").read_text() == "not even added\n"


def test_a_conflict_stops_with_the_name_and_is_taken_back(place: Place) -> None:
    clone = place.folder / "alpha"
    commit(clone, {"one.txt": "mine\n"})
    own = git(clone, "rev-parse", "HEAD")
    (clone / "two.txt").write_text("not committed\n")
    for name in ("alpha", "beta"):
        commit(source_of(place, name), {"one.txt": "theirs\n"})
    with pytest.raises(merging.ConflictError) as stopped:
        run(place)
    assert str(stopped.value).startswith("alpha: ")
    assert "one.txt" in str(stopped.value)
    assert "git merge origin/main" in str(stopped.value)
    assert git(clone, "rev-parse", "HEAD") == own
    assert (clone / "one.txt").read_text() == "mine\n"
    assert (clone / "two.txt").read_text() == "not committed\n"
    assert git(clone, "status", "--porcelain") == "M two.txt"
    assert (place.folder / "beta" / "one.txt").read_text() == "1\n", "it stops at once"


@pytest.mark.parametrize("tracked", [True, False])
def test_changes_in_the_way_are_not_overwritten(place: Place, tracked: bool) -> None:
    name = "one.txt" if tracked else "new.txt"
    mine = place.folder / "alpha" / name
    mine.write_text("mine, not committed\n")
    commit(source_of(place, "alpha"), {name: "theirs\n"})
    with pytest.raises(merging.UpdateError, match="alpha: origin/main was not merged"):
        run(place)
    assert mine.read_text() == "mine, not committed\n"
    assert status.of_clone(place.folder / "alpha").behind == 1


def test_a_merge_that_the_user_began_is_not_touched(place: Place) -> None:
    clone = place.folder / "alpha"
    commit(clone, {"one.txt": "mine\n"})
    commit(source_of(place, "alpha"), {"one.txt": "theirs\n"})
    own_git.run("fetch", at=clone)
    own_git.run("merge", "origin/main", at=clone, check=False)
    (clone / "one.txt").write_text("half resolved\n")
    with pytest.raises(merging.UpdateError, match="alpha: a merge was begun"):
        run(place)
    assert (clone / "one.txt").read_text() == "half resolved\n"
    assert "a merge is not concluded" in status.of_clone(clone).text()


def test_with_a_branch_clones_that_have_it_switch(place: Place) -> None:
    source = source_of(place, "beta")
    git(source, "switch", "--quiet", "--create", "feature")
    commit(source, {"one.txt": "feature\n"})
    said = run(place, "feature")
    assert said == [
        "alpha: main, up to date", "beta: main, up to date", "beta: feature, up to date",
    ]  # fmt: skip
    assert (place.folder / "beta" / "one.txt").read_text() == "feature\n"
    commit(source, {"one.txt": "feature 2\n"})
    assert run(place, "feature")[-1] == "beta: feature, 1 new commit"
    assert run(place)[1] == "beta: was on feature; back: git switch feature"
    assert (place.folder / "beta" / "one.txt").read_text() == "1\n"


def test_switching_loses_no_change(place: Place) -> None:
    source = source_of(place, "beta")
    git(source, "switch", "--quiet", "--create", "feature")
    commit(source, {"one.txt": "feature\n"})
    mine = place.folder / "beta" / "one.txt"
    mine.write_text("mine\n")
    with pytest.raises(merging.UpdateError, match="beta: cannot switch to feature"):
        run(place, "feature")
    assert mine.read_text() == "mine\n"
    assert git(place.folder / "beta", "branch", "--show-current") == "main"


def test_a_branch_that_nobody_has_changes_nothing(place: Place) -> None:
    commit(source_of(place, "alpha"), {"one.txt": "11\n"})
    with pytest.raises(merging.UpdateError, match="No clone has a branch 'nowhere'"):
        run(place, "nowhere")
    assert (place.folder / "alpha" / "one.txt").read_text() == "1\n"


def test_a_source_that_is_gone_does_not_keep_the_others(place: Place) -> None:
    shutil.rmtree(source_of(place, "alpha"))
    commit(source_of(place, "beta"), {"one.txt": "11\n"})
    said: list[str] = []
    with pytest.raises(merging.UpdateError, match="Not updated: alpha"):
        update.update(place, None, said.append)
    assert any(line.startswith("alpha: the source cannot be reached") for line in said)
    assert (place.folder / "beta" / "one.txt").read_text() == "11\n"
    assert "as of the last fetch" in status.of_clone(place.folder / "alpha").text()


def test_a_clone_on_another_branch_goes_to_main_and_is_told_the_way_back(place: Place) -> None:
    alpha, beta = place.folder / "alpha", place.folder / "beta"
    git(beta, "switch", "--quiet", "--create", "mine")
    commit(beta, {"own.txt": "mine\n"})
    own = git(beta, "rev-parse", "HEAD")
    (beta / "one.txt").write_text("not committed\n")
    git(alpha, "checkout", "--quiet", "--detach")
    here = git(alpha, "rev-parse", "--short=10", "HEAD")
    commit(source_of(place, "alpha"), {"two.txt": "22\n"})
    assert run(place) == [
        f"alpha: was on no branch; back: git checkout {here}",
        "alpha: main, 1 new commit",
        "beta: was on mine; back: git switch mine",
        "beta: main, up to date",
    ]
    assert git(beta, "branch", "--show-current") == "main"
    assert git(beta, "rev-parse", "mine") == own
    assert (beta / "one.txt").read_text() == "not committed\n"


def test_commits_that_no_branch_has_keep_a_clone_where_it_is(place: Place) -> None:
    clone = place.folder / "alpha"
    git(clone, "checkout", "--quiet", "--detach")
    commit(clone, {"own.txt": "mine\n"})
    own = git(clone, "rev-parse", "HEAD")
    said: list[str] = []
    with pytest.raises(merging.UpdateError, match=r"Not updated: alpha\."):
        update.update(place, None, said.append)
    assert "git switch --create NAME" in said[0]
    assert git(clone, "rev-parse", "HEAD") == own
    assert said[1] == "beta: main, up to date"


def test_the_main_branch_is_master_or_what_the_configuration_names(place: Place) -> None:
    alpha, beta = place.folder / "alpha", place.folder / "beta"
    git(source_of(place, "alpha"), "branch", "--move", "main", "master")
    git(alpha, "remote", "prune", "origin")
    git(alpha, "fetch", "--quiet")
    assert update.main_branch(alpha, place) == "master"
    git(source_of(place, "beta"), "branch", "stable")
    git(beta, "fetch", "--quiet")
    assert update.main_branch(beta, place) == "main"
    stable = Source("beta", str(source_of(place, "beta")), "stable")
    named = dataclasses.replace(place, sources=(place.sources[0], stable))
    assert update.main_branch(beta, named) == "stable"
    assert run(named)[-1] == "beta: stable, up to date"
    assert git(beta, "branch", "--show-current") == "stable"


# ---- the word ALL


def test_all_branches_of_the_source_get_its_commits_and_those_of_main(place: Place) -> None:
    source, clone = source_of(place, "beta"), place.folder / "beta"
    git(source, "switch", "--quiet", "--create", "feature")
    git(clone, "fetch", "--quiet")
    git(clone, "switch", "--quiet", "feature")
    commit(clone, {"own.txt": "mine\n"})
    git(clone, "switch", "--quiet", "main")
    commit(source, {"one.txt": "feature\n"})
    git(source, "switch", "--quiet", "main")
    commit(source, {"two.txt": "main\n"})
    run(place)
    assert git(clone, "show", "feature:one.txt") == "1", "without the word it is left alone"
    said = run(place, every=True)
    assert any(line.startswith("beta: feature with origin/feature, ") for line in said)
    shown = {name: git(clone, "show", f"feature:{name}.txt") for name in ("one", "two", "own")}
    assert shown == {"one": "feature", "two": "main", "own": "mine"}
    assert git(clone, "branch", "--show-current") == "main"


def test_all_deletes_what_main_has_and_the_source_has_not(place: Place) -> None:
    clone = place.folder / "alpha"
    for name in ("merged", "wanted", "gone"):
        git(clone, "branch", name)
    git(clone, "switch", "--quiet", "--create", "own")
    commit(clone, {"own.txt": "mine\n"})
    git(clone, "switch", "--quiet", "main")
    # A branch that the source once had: the clone still has a reference to it.
    git(clone, "update-ref", "refs/remotes/origin/gone", "main")
    commit(source_of(place, "alpha"), {"one.txt": "11\n"})
    commit(source_of(place, "alpha"), {"two.txt": "22\n"})
    git(clone, "fetch", "--quiet")
    git(clone, "branch", "new", "origin/main")
    said = run(place, "wanted", every=True)
    assert git(clone, "branch", "--format=%(refname:short)").split() == [
        "main", "new", "own", "wanted",
    ]  # fmt: skip
    assert git(clone, "branch", "--show-current") == "wanted"
    assert any(line.startswith("alpha: merged deleted, main has all of it") for line in said)
    assert "alpha: own has commits that main has not; kept" in said
    assert "alpha: new is the same as main; kept" in said


def test_all_stops_at_a_conflict_and_takes_it_back(place: Place) -> None:
    source, clone = source_of(place, "alpha"), place.folder / "alpha"
    git(source, "branch", "feature")
    git(clone, "fetch", "--quiet")
    git(clone, "switch", "--quiet", "feature")
    commit(clone, {"one.txt": "mine\n"})
    own = git(clone, "rev-parse", "HEAD")
    commit(source, {"one.txt": "theirs\n"})
    with pytest.raises(merging.ConflictError) as stopped:
        run(place, every=True)
    assert str(stopped.value).startswith("alpha: your commits on feature and origin/main conflict")
    assert "git switch feature && git merge origin/main" in str(stopped.value)
    assert git(clone, "rev-parse", "feature") == own
    assert git(clone, "branch", "--show-current") == "main"
    assert git(clone, "status", "--porcelain") == ""


def test_all_leaves_branches_alone_while_something_is_not_committed(place: Place) -> None:
    clone = place.folder / "alpha"
    git(clone, "branch", "merged")
    (clone / "two.txt").write_text("not committed\n")
    commit(source_of(place, "alpha"), {"one.txt": "11\n"})
    said: list[str] = []
    with pytest.raises(merging.UpdateError, match=r"Not updated: alpha\."):
        update.update(place, None, said.append, every=True)
    assert any("its other branches were left alone" in line for line in said)
    assert (clone / "two.txt").read_text() == "not committed\n"
    assert (clone / "one.txt").read_text() == "11\n", "main itself is up to date"
    assert "merged" in git(clone, "branch", "--format=%(refname:short)").split()


def test_a_users_own_clone_follows_and_other_folders_are_said(place: Place) -> None:
    third = repository(place.folder.parent / "sources" / "gamma", {"one.txt": "1\n"})
    own_git.clone(str(third), place.folder / "gamma", None)
    (place.folder / "data").mkdir()
    (place.folder / "bin").mkdir()
    commit(third, {"one.txt": "11\n"})
    said = run(place)
    assert said[0] == "data: not a git clone, passed over"
    assert said[-1] == "gamma: main, 1 new commit"


def test_a_clone_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SpinnlabError):
        own_git.clone(str(tmp_path / "nowhere"), tmp_path / "clone", None)
    assert list(tmp_path.iterdir()) == []


# ---- the mirror


def test_the_mirror_holds_what_is_committed(tmp_path: Path) -> None:
    tree = repository(tmp_path / "a tree", {"one.txt": "1\n"})
    git(tree, "tag", "v1")
    git(tree, "branch", "gone")
    (tree / "one.txt").write_text("not committed\n")
    mirror = tmp_path / "mirror folder" / "tree.git"
    mirrors.refresh(tree, mirror)
    assert git(mirror, "show", "HEAD:one.txt") == "1"
    assert git(mirror, "symbolic-ref", "HEAD") == "refs/heads/main"
    git(tree, "branch", "--delete", "gone")
    git(tree, "switch", "--quiet", "--create", "next")
    commit(tree, {"one.txt": "2\n"})
    git(tree, "commit", "--quiet", "--amend", "--message", "rewritten")
    mirrors.refresh(tree, mirror)
    assert git(mirror, "show", "HEAD:one.txt") == "2"
    assert git(mirror, "branch", "--format=%(refname:short)").split() == ["main", "next"]
    assert git(mirror, "tag") == "v1"


def test_a_tree_on_no_branch_and_a_shallow_one(tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree", {"one.txt": "1\n"})
    commit(tree, {"one.txt": "2\n"})
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tree}", str(shallow))
    git(shallow, "checkout", "--quiet", "--detach")
    mirror = tmp_path / "tree.git"
    mirrors.refresh(shallow, mirror)
    own_git.clone(str(mirror), tmp_path / "clone", None)
    assert (tmp_path / "clone" / "one.txt").read_text() == "2\n"
    assert git(tmp_path / "clone", "branch", "--show-current") == mirrors.CHECKOUT


# ---- the scripts


def test_the_script_updates_and_says_that_the_engine_is_stale(
    new_home: Callable[..., GitHome], upstream: Path, mirror_folder: Path, tmp_path: Path
) -> None:
    home = new_home()
    clone = home.folder / "SpiNNLab"
    before = git(clone, "rev-parse", "HEAD")
    git(upstream, "switch", "--quiet", "--create", "moved-on")
    try:
        engine = Path("src/spinnlab/engine/a_new_file.hpp")
        commit(upstream, {str(engine): "// SPDX-License-Identifier: Apache-2.0\n"})
        mirrors.refresh(upstream, mirror_folder / "SpiNNLab.git")
    finally:
        git(upstream, "switch", "--quiet", "main")
    # A later login changes nothing.
    again = home.run("bin/spinnlab", "git-kernel", "create")
    assert again.returncode == 0, again.stderr
    assert git(clone, "rev-parse", "HEAD") == before
    done = home.run(home.folder / "support" / "gitupdate.sh", "moved-on", at=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SpiNNLab: moved-on, up to date" in done.stdout
    assert "stale" in done.stdout
    assert (clone / engine).is_file()
    git(clone, "branch", "merged", "moved-on~1")
    everything = home.run("support/gitupdate.sh", "moved-on", "ALL")
    assert everything.returncode == 0, everything.stdout + everything.stderr
    assert git(clone, "branch", "--show-current") == "moved-on"
    two = home.run("support/gitupdate.sh", "one", "two")
    assert (two.returncode, "One branch at most" in two.stderr) == (1, True)
    wrong = home.run("support/gitupdate.sh", "nowhere")
    assert wrong.returncode == 1
    assert "No clone has a branch 'nowhere'" in wrong.stderr
