// A grype database of provider workspaces: main WORKSPACES TARGET. With grype's own packages.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/anchore/grype/grype/db"
	"github.com/anchore/grype/grype/db/provider"
	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/spf13/afero"
)

func build(workspaces, target string) error {
	entries, err := os.ReadDir(workspaces)
	if err != nil {
		return err
	}
	var states provider.States
	for _, entry := range entries {
		workspace := provider.NewWorkspace(workspaces, entry.Name())
		if err := workspace.EnsureListingFile(); err != nil {
			return err
		}
		state, err := workspace.ReadState()
		if err != nil {
			return err
		}
		states = append(states, *state)
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := db.Build(db.BuildConfig{
		SchemaVersion: v6.ModelVersion,
		Directory:     target,
		States:        states,
		Timestamp:     time.Now(),
		Hydrate:       true,
	}); err != nil {
		return err
	}
	// Written by whoever imports a database; it holds the digest that is checked at every start.
	file, err := os.Create(target + "/" + v6.ImportMetadataFileName)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	_, err = v6.WriteImportMetadata(afero.NewOsFs(), target, "fixture")
	return err
}

func main() {
	if err := build(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
