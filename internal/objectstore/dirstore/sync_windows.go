package dirstore

// syncFolder does nothing: Windows has no call for it, and NTFS journals names itself.
func (*Store) syncFolder(string) error { return nil }
