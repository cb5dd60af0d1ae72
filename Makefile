.PHONY: lock
lock: ## Choose dependencies anew (names no index, so it works through any mirror)
	uv pip compile --universal --generate-hashes --group local --group dev pyproject.toml -o requirements.lock -q --no-header --no-annotate -p 3.11
