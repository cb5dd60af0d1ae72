// A trivy database of advisories given as JSON on stdin: main TARGET. With trivy's own package.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
)

type row struct {
	Bucket, Source, Name, Package, ID string
	Vendor, Vulnerable, Patched       []string
	Fixed, Title                      string
}

func put(tx *bolt.Tx, rows []row) error {
	operation := db.Config{}
	for _, one := range rows {
		source := types.DataSource{ID: types.SourceID(one.Source), Name: one.Name}
		if err := operation.PutDataSource(tx, one.Bucket, source); err != nil {
			return err
		}
		advisory := types.Advisory{
			FixedVersion:       one.Fixed,
			VendorIDs:          one.Vendor,
			VulnerableVersions: one.Vulnerable,
			PatchedVersions:    one.Patched,
		}
		if one.Fixed == "" && len(one.Vulnerable) == 0 {
			advisory.Status = types.StatusAffected
		}
		if err := operation.PutAdvisory(tx, []string{one.Bucket, one.Package}, one.ID, advisory); err != nil {
			return err
		}
		if err := operation.PutVulnerability(tx, one.ID, types.Vulnerability{Title: one.Title}); err != nil {
			return err
		}
	}
	return nil
}

func build(target string) error {
	var rows []row
	if err := json.NewDecoder(os.Stdin).Decode(&rows); err != nil {
		return err
	}
	if err := db.Init(target); err != nil {
		return err
	}
	if err := (db.Config{}).BatchUpdate(func(tx *bolt.Tx) error { return put(tx, rows) }); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	now := time.Now().UTC()
	return metadata.NewClient(target).Update(metadata.Metadata{
		Version: db.SchemaVersion, UpdatedAt: now, NextUpdate: now.Add(24 * time.Hour), DownloadedAt: now,
	})
}

func main() {
	if err := build(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
